"""Many mutants in one tree, for scripts/mutate: every function that mutants change has one body for each of them and
the one it had, and the environment variable TESSERA_MUTANT says by its number which mutant runs (none: 0).

Only what lies in the body of a function of a .cpp file can be woven: a header would have all that include it compiled
again, and a list or a constant has no place in which to choose.
"""
import re

CHOICE = "tessera_mutant"
HEADER = f"""#pragma once
#include <cstdlib>
#include <type_traits>
inline int {CHOICE}_of_run() {{
  static const int number = std::getenv("TESSERA_MUTANT") ? std::atoi(std::getenv("TESSERA_MUTANT")) : 0;
  return number;
}}
constexpr int {CHOICE}() {{
  if (std::is_constant_evaluated()) return 0;
  return {CHOICE}_of_run();
}}
"""
HEADER_NAME = f"{CHOICE}.h"
# What a mutant leaves without a use, or makes of a condition, is no error of the tree.
QUIET = ("unused-variable", "unused-but-set-variable", "unused-parameter", "unused-value", "unused-function",
         "unused-but-set-parameter", "duplicated-branches", "duplicated-cond", "shadow", "return-type", "parentheses",
         "logical-op", "type-limits", "maybe-uninitialized", "empty-body", "tautological-compare", "useless-cast")
SCOPE = re.compile(r"(inline\s+)?namespace\b|extern\b|class\b|struct\b|enum\b|union\b")
TEMPLATE = re.compile(r"template\s*<[^{;]*?>\s*(?=\w|\[)")


def code_only(text):
    """The text with blanks in place of comments, strings, characters and directives; places stay what they are."""
    blank = list(text)

    def clear(begin, end):
        for k in range(begin, end):
            if blank[k] != "\n":
                blank[k] = " "

    def end_of_quote(at, quote):
        at += 1
        while text[at] != quote:
            at += 2 if text[at] == "\\" else 1
        return at + 1

    i = 0
    while i < len(text):
        end = i + 1
        if text.startswith("//", i) or (text[i] == "#" and text[i - 1:i] in ("", "\n")):
            end = (text + "\n").index("\n", i)
            clear(i, end)
        elif text.startswith("/*", i):
            end = text.index("*/", i) + 2
            clear(i, end)
        elif text.startswith('R"', i):
            closing = ")" + text[i + 2:text.index("(", i)] + '"'
            end = text.index(closing, i) + len(closing)
            clear(i, end)
        elif text[i] == '"' or (text[i] == "'" and not text[i - 1:i].isalnum()):
            end = end_of_quote(i, text[i])
            clear(i, end)
        i = end
    return "".join(blank)


def bodies(text):
    """[begin, end) of what stands between the braces of every outermost function."""
    code = code_only(text)
    found, open_, head = [], [], 0  # open_: for each brace, what it opens and where

    def kind(at):
        words = TEMPLATE.sub("", code[head:at]).strip()
        if SCOPE.match(words) and "(" not in words:
            return "scope"
        # `member_{1}` in a list of initializers stands close to its brace, a body does not.
        return "function" if "(" in words and code[at - 1] in " \n" and words[-1] not in "=,(" else "list"

    for i, c in enumerate(code):
        outside = all(k == "scope" for k, _ in open_)
        if c == "{":
            open_.append((kind(i) if outside else "inside", i))
            if open_[-1][0] == "scope":
                head = i + 1
        elif c == "}":
            what, begin = open_.pop()
            if what == "function":
                found.append((begin + 1, i))
            if what in ("function", "scope"):
                head = i + 1
        elif c == ";" and outside:
            head = i + 1
    return found


def weave(name, text, mutants):
    """The text of the file `name` with the mutants whose old text lies in one body, and these mutants."""
    places, woven = {}, []
    functions = bodies(text)
    for m in mutants:
        old, new = m.texts
        begin = text.find(old)
        if begin < 0 or text.count(old) != 1:
            continue
        end = begin + len(old)
        for body in functions:
            if body[0] <= begin and end <= body[1]:
                places.setdefault(body, []).append((m.number, text[body[0]:begin] + new + text[end:body[1]]))
                woven.append(m)
    if not woven:
        return text, []
    quiet = "".join(f'#pragma GCC diagnostic ignored "-W{w}"\n' for w in ("pragmas", *QUIET))
    parts, at = [f'#include "{"../" * name.count("/")}{HEADER_NAME}"\n', quiet], 0
    for begin, end in sorted(places):
        parts.append(text[at:begin])
        for number, body in places[begin, end]:
            parts.append(f" if ({CHOICE}() == {number}) {{{body}}} else ")
        parts.append("{" + text[begin:end] + "} ")
        at = end
    return "".join(parts) + text[at:], woven
