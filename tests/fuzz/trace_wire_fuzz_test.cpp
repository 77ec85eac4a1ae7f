// A forger who knows the container: one field of one message of a sound file is changed, left out, shortened or
// doubled, and every checksum is made right. The reader or the check must refuse each such file.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "base/varint.h"
#include "tests/fuzz/attacked_traces.h"
#include "tests/fuzz/trace_bytes.h"
#include "tests/golden/execution.h"
#include "tests/support/temp_folder.h"
#include "trace/analysis/check.h"

namespace tessera::tests {
namespace {

using base::put_varint;

// Which fields of a message are messages, and which lists of numbers; the others are numbers, fixed numbers and text.
struct Shape {
  std::string name;
  std::map<std::uint64_t, const Shape*> messages{};
  std::set<std::uint64_t> lists{}, flags{};
};

std::set<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::set<std::uint64_t> fields;
  for (std::uint64_t f = first; f <= last; ++f) fields.insert(f);
  return fields;
}

const Shape kPair{"pair"}, kClock{"clock"}, kUnit{"unit", {}, {}, {7}}, kWords{"words"}, kRef{"block_ref"};
const Shape kColumns{"columns", {}, from_to(3, 33)}, kCount{"unit_count", {}, {5}}, kSums{"operator", {}, {3}};
const std::map<std::uint64_t, Shape> kFrames{
    {1, {"header", {{5, &kClock}, {6, &kUnit}, {7, &kPair}, {12, &kWords}}, {}, {11}}},
    {6, {"tiles", {}, {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20}}},
    {2, {"block", {{7, &kColumns}}}},
    {3, {"index", {{1, &kRef}, {3, &kCount}, {8, &kPair}, {10, &kSums}}, {}, {7, 12}}},
    {4, {"footer"}},
};

struct WireField {
  std::uint64_t number, type;
  std::string_view whole, value;  // with its tag; without tag and length
};

std::vector<WireField> fields_of(std::string_view message) {
  std::vector<WireField> fields;
  while (!message.empty()) {
    const std::string_view from = message;
    const std::uint64_t tag = base::take_varint(message).value();
    std::string_view before = message;
    std::uint64_t length = 0;
    switch (tag & 7) {
      case 0:
        (void)base::take_varint(message);
        length = before.size() - message.size();
        message = before;
        break;
      case 1: length = 8; break;
      case 5: length = 4; break;
      default: length = base::take_varint(message).value();
    }
    const std::string_view value = message.substr(0, length);
    message.remove_prefix(length);
    fields.push_back({tag >> 3, tag & 7, from.substr(0, from.size() - message.size()), value});
  }
  return fields;
}

std::string field_bytes(std::uint64_t number, std::uint64_t type, std::string_view value) {
  std::string bytes;
  put_varint(bytes, number << 3 | type);
  if (type == 2) put_varint(bytes, value.size());
  return bytes + std::string(value);
}

std::string varint(std::uint64_t v) {
  std::string bytes;
  put_varint(bytes, v);
  return bytes;
}

class Mutator {
 public:
  using Visit = std::function<void(const std::string& what, const std::string& message)>;
  Mutator(std::mt19937_64& random, std::size_t samples) : random_(random), samples_(samples) {}

  // Calls visit(place, changed message) for some of the places of each kind.
  void each(std::string_view message, const Shape& shape, const Visit& visit) {
    const auto fields = fields_of(message);
    std::map<std::uint64_t, std::size_t> of_number;
    for (const WireField& f : fields) ++of_number[f.number];
    for (const WireField& f : fields) {
      const std::size_t n = of_number[f.number];
      if (n > samples_ && random_() % n >= samples_) continue;
      const std::string_view before = message.substr(0, static_cast<std::size_t>(f.whole.data() - message.data()));
      const std::string_view after = message.substr(before.size() + f.whole.size());
      const std::string place = shape.name + "." + std::to_string(f.number);
      const auto put = [&](const std::string& what, const std::string& bytes) {
        visit(place + what, std::string(before) + bytes + std::string(after));
      };
      const auto nested = shape.messages.find(f.number);
      put(" left out", "");
      if (nested != shape.messages.end()) {
        put(" doubled", std::string(f.whole) + std::string(f.whole));
        each(f.value, *nested->second, [&](const std::string& what, const std::string& inside) {
          visit(shape.name + "/" + what, std::string(before) + field_bytes(f.number, 2, inside) + std::string(after));
        });
      } else if (shape.lists.contains(f.number) && f.type == 2) {
        list(f, put);
      } else {
        value(f, shape.flags.contains(f.number), put);
      }
    }
  }

 private:
  // `flag`: true or false, however it is written.
  template <class Put>
  void value(const WireField& f, bool flag, const Put& put) {
    if (f.type == 0) {
      std::string_view in = f.value;
      const std::uint64_t v = base::take_varint(in).value();
      for (const std::uint64_t other : {v + 1, v + 2, v - 1, std::uint64_t{0}, ~std::uint64_t{0}})
        if (other != v && !(flag && other != 0)) put("", field_bytes(f.number, 0, varint(other)));
    } else if (f.type == 2) {
      put("", field_bytes(f.number, 2, std::string(f.value) + "x"));
      put("", field_bytes(f.number, 2, f.value.substr(0, f.value.size() - 1)));
    } else {
      std::string other(f.value);
      other[random_() % other.size()] = static_cast<char>(other[0] + 1 + static_cast<char>(random_() % 7));
      if (other != f.value) put("", field_bytes(f.number, f.type, other));
    }
  }
  template <class Put>
  void list(const WireField& f, const Put& put) {
    std::vector<std::uint64_t> numbers;
    for (std::string_view in = f.value; !in.empty();) numbers.push_back(base::take_varint(in).value());
    const auto packed = [&] {
      std::string bytes;
      for (const std::uint64_t v : numbers) put_varint(bytes, v);
      return field_bytes(f.number, 2, bytes);
    };
    for (std::size_t n = 0; n < samples_; ++n) {
      std::uint64_t& v = numbers[random_() % numbers.size()];
      const std::uint64_t before = v;
      for (const std::uint64_t other : {before + 1, before + 2, before ^ 1, std::uint64_t{0}}) {
        v = other;
        if (other != before) put("", packed());
      }
      v = before;
    }
    numbers.push_back(numbers.back());
    put(" longer", packed());
    numbers.pop_back();
    numbers.pop_back();
    put(" shorter", packed());
  }

  std::mt19937_64& random_;
  std::size_t samples_;
};

bool refused(const std::filesystem::path& file) {
  auto reader = trace::FileReader::open(file);
  if (!reader.ok()) return true;
  trace::InvariantCheck check(reader->header(), reader->tiles(), reader->trailer());
  return !reader->stream(check).ok() || !check.violations().empty();
}

TEST(TraceWire, EveryChangedFieldIsRefused) {
  // What only the index says: how much was wasted, and when the records were that are not there.
  const std::set<std::string> free{"index/pair.2", "index/unit_count.5"};
  const std::size_t samples = std::getenv("TESSERA_FUZZ") != nullptr ? 12 : 1;
  const TempFolder folder;
  std::mt19937_64 random(23);
  std::map<std::string, std::pair<std::size_t, std::size_t>> tally;
  for (const AttackedTrace& t : attacked_traces()) {
    const std::vector<TraceFrame> sound = frames_of(file_bytes(t.file));
    ASSERT_EQ(file_of(sound), file_bytes(t.file));
    for (std::size_t i = 0; i < sound.size(); ++i) {
      std::vector<TraceFrame> frames = sound;
      Mutator(random, samples)
          .each(sound[i].payload, kFrames.at(sound[i].kind), [&](const std::string& what, const std::string& payload) {
            frames[i].payload = payload;
            std::filesystem::remove(folder / "x.tsr");
            std::ofstream(folder / "x.tsr", std::ios::binary) << file_of(frames, &frames[i]);
            auto& [tried, missed] = tally[what];
            ++tried;
            if (refused(folder / "x.tsr")) return;
            ++missed;
            if (!free.contains(what)) ADD_FAILURE() << t.name << ": a change of " << what << " passes";
          });
    }
  }
  std::size_t tried = 0, missed = 0;
  for (const auto& [what, n] : tally) tried += n.first, missed += n.second;
  std::printf("%zu changes, %zu pass\n", tried, missed);
}

}  // namespace
}  // namespace tessera::tests
