---@meta

---Files of the project's folder, and of the run's own folder. A path that leads out of them, by `..`, by a link or because
---it is absolute, raises an error of kind "io". Relative paths start at the project's folder. What changes files is an
---effect: a dry run records it and does not do it.
---@class tide.fs
fs = {}

---The whole file, as bytes.
---@param path string
---@return string
function fs.read(path) end

---Replaces the file or makes it; its folder must be there. A reader sees the old text or the new, never a part.
---
---```lua
---fs.mkdir "exports"
---fs.write("exports/users.json", json.encode(db:query "SELECT id, email FROM users", true))
---```
---@param path string
---@param text string
function fs.write(path, text) end

---Adds to the end of the file, or makes it.
---@param path string
---@param text string
function fs.append(path, text) end

---Whether there is a file or folder of that name.
---@param path string
---@return boolean
function fs.exists(path) end

---@param path string
---@return boolean
function fs.is_directory(path) end

---The names in a folder, sorted.
---@param path string
---@return string[]
function fs.list(path) end

---Makes a folder and those above it; one that is there already is fine.
---@param path string
function fs.mkdir(path) end

---@class tide.RemoveOptions
---@field recursive? boolean   also a folder that is not empty; default false

---Removes a file, an empty folder, or a link (not what it leads to).
---@param path string
---@param options? tide.RemoveOptions
---@return boolean removed   false when there was nothing of that name
function fs.remove(path, options) end

---Gives a file or folder another name or place; replaces a file.
---@param from string
---@param to string
function fs.rename(from, to) end

---Copies a file; replaces a file.
---@param from string
---@param to string
function fs.copy(from, to) end

---@param path string
---@return integer bytes
function fs.size(path) end
