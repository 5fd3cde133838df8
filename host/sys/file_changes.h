#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tide {

// All of them raise kIo with the path and the system's reason.
void append_file(const std::string& path, std::string_view text);  // creates it where it is not there
void copy_file(const std::string& from, const std::string& to);    // replaces a file; a reader sees old or new
void rename_file(const std::string& from, const std::string& to);  // replaces a file; a directory moves too
// A file, a link (not what it leads to) or an empty directory; a full one when `recursive`.
void remove_file(const std::string& path, bool recursive);
bool is_entry(const std::string& path);           // whether there is anything of that name, a link to nothing too
std::int64_t file_size(const std::string& path);  // bytes
// Hands the bytes of a file to `visit` in order, in constant memory.
void read_pieces(const std::string& path, const std::function<void(std::string_view piece)>& visit);

}  // namespace tide
