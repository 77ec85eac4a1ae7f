// Attention of heads, as all its operators spell it out: softmax(scale Q K^T + mask) V.
//
// Both products are whole, whatever a mask leaves out: an array computes the tile that it is given, and the mask is
// known to the vector unit behind it only. Heads that share keys (grouped queries) are rows of one product, so that
// keys and values are never repeated. Scale and soft cap run behind the first product as its post-operations.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/expansion/expansion.h"

namespace tessera::models {

// A mask of the scores, in a shape that broadcasts to [batch, heads, rows, keys].
struct AttentionMask {
  ValueId mask = kNone;
  bool chooses = false;  // says which scores count; otherwise it is added
};

struct Attention {
  ValueId q = kNone;  // [batch, heads, rows, size]
  // Keys [batch, kv_heads, keys, size], or `columns` [batch, kv_heads, size, keys]; heads is a multiple of kv_heads.
  ValueId k = kNone, columns = kNone;
  ValueId v = kNone;  // [batch, kv_heads, keys, value_size]
  std::vector<AttentionMask> masks;
  bool scales = true, caps = false;
};

// Values on the way, each [batch, heads, rows, keys] but the last.
struct AttentionSteps {
  ValueId product = kNone, capped = kNone, masked = kNone, weights = kNone;
  ValueId result = kNone;  // [batch, heads, rows, value_size]
};
[[nodiscard]] AttentionSteps attend(Expansion&, const Attention&);

// [batch, rows, heads x size] as [batch, rows, heads, size], as [batch, heads, rows, size], and back.
[[nodiscard]] ValueId cut_heads(Expansion&, const std::string& name, ValueId v, std::int64_t heads);
[[nodiscard]] ValueId heads_first(Expansion&, const std::string& name, ValueId cut);
[[nodiscard]] ValueId join_heads(Expansion&, const std::string& name, ValueId v);

// The mask by which a row sees no key behind its own; none for a single row, which sees all keys.
void add_causal_mask(Expansion&, Attention&);
// A mask of keys, by how many of them count: [batch] numbers.
void add_length_mask(Expansion&, Attention&, ValueId lengths);
// A padding mask as com.microsoft has it: [batch] or [3 x batch + 2] lengths, [batch, keys], [batch, rows, keys] or
// [batch, 1, rows, keys]; kNone: none.
void add_padding_mask(Expansion&, Attention&, ValueId mask);
// Past keys or values joined to the new ones along the axis of keys; kNone: none.
[[nodiscard]] ValueId with_past(Expansion&, const std::string& name, ValueId past, ValueId now);

}  // namespace tessera::models
