local check = require "check"

-- Paths that lead out of the project, however they are written.
local OUTSIDE = { "..", "../x", "lib/../../x", "/etc/passwd", "/", "lib/../..", "./../x" }

return {
  alone = {
    ["what is written is read again"] = function()
      fs.write("a.bin", "one\0two\r\n\255")
      check.equal(fs.read "a.bin", "one\0two\r\n\255")
      check.equal(fs.size "a.bin", 10)
      fs.write("a.bin", "")
      check.equal(fs.read "a.bin", "")
    end,

    ["append adds to the end, and makes the file"] = function()
      fs.append("log.txt", "a")
      fs.append("log.txt", "b")
      check.equal(fs.read "log.txt", "ab")
    end,

    ["folders are made, listed in order and removed"] = function()
      fs.mkdir "x/y/z"
      fs.mkdir "x/y/z"
      fs.write("x/b", "")
      fs.write("x/a", "")
      check.equal(table.concat(fs.list "x", " "), "a b y")
      check.equal(fs.is_directory "x/y", true)
      check.equal(fs.is_directory "x/a", false)
      check.contains(check.raises({ kind = "io" }, fs.remove, "x").message, "x")
      check.equal(fs.remove("x", { recursive = true }), true)
      check.equal(fs.exists "x", false)
      check.equal(fs.remove "x", false)
    end,

    ["files are renamed and copied over others"] = function()
      fs.write("a", "1")
      fs.write("b", "2")
      fs.copy("a", "b")
      check.equal(fs.read "b", "1")
      fs.rename("b", "c")
      check.equal(fs.exists "b", false)
      check.equal(fs.read "c", "1")
      check.raises({ kind = "io" }, fs.copy, "nothing", "c")
      check.equal(fs.read "c", "1")
    end,

    ["no path leads out of the project"] = function()
      for _, path in ipairs(OUTSIDE) do
        for _, call in ipairs { fs.read, fs.exists, fs.list, fs.is_directory, fs.mkdir, fs.remove, fs.size } do
          check.contains(check.raises({ kind = "io" }, call, path).message, "outside the project folder")
        end
        for _, call in ipairs { fs.write, fs.append } do
          check.contains(check.raises({ kind = "io" }, call, path, "x").message, "outside the project folder")
        end
        for _, call in ipairs { fs.rename, fs.copy } do
          check.raises({ kind = "io" }, call, "seed.sql", path)
          check.raises({ kind = "io" }, call, path, "seed2.sql")
        end
        check.raises({ kind = "io" }, sha256, { file = path })
      end
      check.equal(fs.exists "seed.sql", true)
    end,

    ["the project's folder itself stays"] = function()
      for _, path in ipairs { ".", "./", "lib/.." } do
        check.contains(check.raises({ kind = "io" }, fs.remove, path, { recursive = true }).message, "it stays")
        check.raises({ kind = "io" }, fs.rename, path, "elsewhere")
      end
      check.equal(fs.is_directory ".", true)
    end,

    ["what is wrong with a file is said with its name"] = function()
      for _, call in ipairs { fs.read, fs.size, fs.list } do
        check.contains(check.raises({ kind = "io" }, call, "none.txt").message, "none.txt")
      end
      check.contains(check.raises({ kind = "io" }, fs.read, "lib").message, "directory")
      check.contains(check.raises({ kind = "io" }, fs.write, "none/a.txt", "").message, "none/a.txt")
      check.contains(check.raises({ kind = "io" }, fs.mkdir, "seed.sql/x").message, "seed.sql")
    end,

    ["arguments that are none are refused"] = function()
      check.raises({ kind = "usage" }, fs.read, "")
      check.raises({ kind = "usage" }, fs.read, "a\0b")
      check.contains(check.raises({ kind = "usage" }, fs.read).message, "fs.read takes a path, a string")
      check.contains(check.raises({ kind = "usage" }, fs.write, "a").message, "as its argument 2, not a nil")
      check.raises({ kind = "usage" }, fs.write, "a", {})
      check.raises({ kind = "usage" }, fs.remove, 5)
      check.raises({ kind = "usage" }, sha256, nil)
      local failure = check.raises({ kind = "usage" }, fs.remove, "a", { recursiv = true })
      check.contains(failure.message, "did you mean 'recursive'")
      check.contains(check.raises({ kind = "usage" }, fs.remove, "a", { recursive = 1 }).message, "boolean")
    end,

    ["sha256 is that of the bytes, of texts and files"] = function()
      local abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      check.equal(sha256 "abc", abc)
      fs.write("abc", "abc")
      check.equal(sha256 { file = "abc" }, abc)
      local big = ("0123456789"):rep(100000)
      fs.write("big", big)
      check.equal(sha256 { file = "big" }, sha256(big))
      check.contains(check.raises({ kind = "usage" }, sha256, { fil = "abc" }).message, "did you mean 'file'")
      check.raises({ kind = "usage" }, sha256, {})
      check.raises({ kind = "io" }, sha256, { file = "lib" })
    end,
  },
}
