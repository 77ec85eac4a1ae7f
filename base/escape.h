// Text of unknown origin in each kind of output. Names come from networks, configurations and traces of any author, so
// every byte is possible in them; what this program writes is well-formed all the same. One function for each kind:
//
//   screen_text  terminals: one line, nothing that a terminal obeys
//   csv_cell     CSV files (RFC 4180); no cell is taken for a formula
//   json_text    JSON
//   dot_text     Graphviz
//   as_utf8      protobuf strings and everything else that has to be UTF-8 (base/utf8.h)
//
// All give UTF-8: a byte that belongs to no character is written as four characters such as \xFE. What is not escaped
// stays as it is, so that plain names look the same everywhere.
#pragma once

#include <string>
#include <string_view>

namespace tessera::base {

// For a terminal, one line: control characters and characters that turn the direction of text become \n, \x1B, \u202E.
[[nodiscard]] std::string screen_text(std::string_view text);
// Several lines of screen text: new lines and tabs stay.
[[nodiscard]] std::string screen_lines(std::string_view text);
// The last `most` columns of a text, cut between characters; what is left out is shown by two dots at its front.
[[nodiscard]] std::string last_columns(std::string_view text, std::size_t most);

// A text as one cell, in quotes where it would break the row. A spreadsheet takes a cell that begins with = + - @, a
// tab or a line end for a formula, quoted or not: such a text gets an apostrophe before it. Control characters other
// than tab and line ends become \x1B. Numbers need no cell of this kind.
[[nodiscard]] std::string csv_cell(std::string_view text);

// A string of JSON with its quotes.
[[nodiscard]] std::string json_text(std::string_view text);

// A quoted string of Graphviz's language that shows as screen_text(text): backslashes and entities are not interpreted.
[[nodiscard]] std::string dot_text(std::string_view text);

}  // namespace tessera::base
