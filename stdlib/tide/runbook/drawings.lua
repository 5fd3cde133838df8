-- The schemas before and after a run, for its report: what differs in words, and both as diagrams.
local native = ...

-- The snapshot that the journal speaks of; nil when the file is gone or another one.
local function text_of(run, kept)
  local path = kept and (".tide/runs/%s/%s"):format(run, kept.file)
  if not path or not fs.exists(path) then return nil end
  local text = fs.read(path)
  return native.digest.sha256(text) == kept.digest and text or nil
end

local function drawn(text) return { svg = native.schema.erd(text, "svg"), mermaid = native.schema.erd(text, "mermaid") } end

-- drawings(run, model) -> { before =, after =, differences = { text } }; `after` is nil where nothing differs, and the
-- whole nil where there is no schema. The differences are put into the model too.
return function(run, model)
  local before, after = text_of(run, model.schema.before), text_of(run, model.schema.after)
  if not before then return nil end
  local found = { before = drawn(before) }
  if not after then return found end
  found.differences = {}
  for i, each in ipairs(native.json.decode(native.schema.diff(before, after, "the schema before", "the schema after"))) do
    found.differences[i] = { text = each.text, change = each.change }
  end
  model.differences = found.differences
  if #found.differences > 0 then found.after = drawn(after) end
  return found
end
