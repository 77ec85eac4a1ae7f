#!/usr/bin/env python3
"""Turns tiles in a line-by-line text form into a tile program (docs/formats.md, "Tile programs"): how a compiler, or a
dialect of one, gets its tiles in. Usage: from_text.py IN.txt OUT.yaml. What a line says stands in two_layers.txt; the
program is YAML, which json.dumps writes too."""
import json
import re
import sys

BITS = {"int4": 4, "int8": 8, "fp8": 8, "int16": 16, "bf16": 16, "fp16": 16, "fp32": 32}
ALIGN = 64  # a tensor begins at a multiple of this


class Converter:
    def __init__(self):
        self.program = {"version": 1, "tensors": [], "operators": [], "blocks": [], "groups": []}
        self.tensors, self.blocks, self.end = {}, {}, 0

    def tensor(self, name, role, shape, precision):
        shape = [int(n) for n in shape.split("x")]
        self.program["tensors"].append({"name": name, "role": role, "shape": shape, "precision": precision})
        self.tensors[name] = (shape, BITS[precision], self.end)
        size = -(-shape[0] * shape[1] * shape[2] * shape[3] * BITS[precision] // 8)
        self.end += -(-size // ALIGN) * ALIGN

    def op(self, name, kind, unit, *rest):
        arrow = rest.index("->")
        op = {"name": name, "type": kind, "unit": unit, "inputs": list(rest[:arrow]), "output": rest[arrow + 1]}
        if len(rest) > arrow + 2:
            op["function"] = rest[arrow + 2]
        self.program["operators"].append(op)

    def block(self, text):
        """x[:,0:4,:,:] as the number of a block: a part of a tensor that lies row by row, n, h, w, c."""
        if text in self.blocks:
            return self.blocks[text]
        name, inside = re.fullmatch(r"(\w+)\[(.*)\]", text).groups()
        shape, bits, address = self.tensors[name]
        begin, end = [], []
        for extent, part in zip(shape, inside.split(",")):
            low, high = part.split(":")
            begin.append(int(low or 0))
            end.append(int(high or extent))
        pitch = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1]
        block = {"tensor": name, "box": {"begin": begin, "end": end},
                 "address": address + sum(b * p for b, p in zip(begin, pitch)) * bits // 8}
        # Axes from the innermost on that are there as a whole make one run; the others repeat it.
        run, axis = end[3] - begin[3], 2
        while axis >= 0 and run == pitch[axis]:
            run *= end[axis] - begin[axis]
            axis -= 1
        block["run_bytes"] = run * bits // 8
        repeats = [(end[a] - begin[a], pitch[a] * bits // 8) for a in range(axis, -1, -1) if end[a] - begin[a] > 1]
        if repeats:
            block["count"], block["stride"] = [c for c, _ in repeats], [s for _, s in repeats]
        self.blocks[text] = len(self.program["blocks"])
        self.program["blocks"].append(block)
        return self.blocks[text]

    def tile(self, op, output, sign, source, *rest):
        rest = list(rest)
        tile = {"input": self.block(source)}
        if rest and rest[0] == "*":
            tile["weight"] = self.block(rest[1])
            rest = rest[2:]
        words = dict(zip(rest[::2], rest[1::2]))
        if "mac" in words:
            m, n, k = (int(v) for v in words["mac"].split("x"))
            tile["array"] = {"m": m, "n": n, "channels": k}
        if "cycles" in words:
            tile["vector_cycles"] = int(words["cycles"])
        if sign == "+=":
            self.program["groups"][-1]["tiles"].append(tile)
            return
        group = {"op": op, "output": self.block(output), "core": int(words.get("core", 0)), "tiles": [tile]}
        if "after" in words:
            group["after"] = [int(g) for g in words["after"].split(",")]
        self.program["groups"].append(group)

    def read(self, lines):
        for number, line in enumerate(lines, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            try:
                if words[0] == "program":
                    self.program["name"] = words[1]
                elif words[0] == "slots":
                    self.program["slots"] = dict(zip(("input", "weight", "output"), map(int, words[1:])))
                else:
                    {"tensor": self.tensor, "op": self.op, "tile": self.tile}[words[0]](*words[1:])
            except (KeyError, ValueError, IndexError, TypeError, AttributeError) as problem:
                sys.exit(f"line {number}: {line.strip()}: {problem!r}")
        self.program["request_bytes"] = self.end
        return self.program


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as text:
        converted = Converter().read(text)
    with open(sys.argv[2], "w") as out:
        for key, value in converted.items():
            if isinstance(value, list):
                out.write(f"{key}:\n" + "".join(f"  - {json.dumps(item)}\n" for item in value))
            else:
                out.write(f"{key}: {json.dumps(value)}\n")
