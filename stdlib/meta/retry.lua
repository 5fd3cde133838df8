---@meta tide.retry

---A kind of error ("io"), several of them, or a function that says it of the error.
---@alias tide.RetryChoice string|string[]|fun(failure: any): boolean

---@class tide.RetryOptions
---@field attempts? integer        how often the function is called at most; default 3, without limit when `within` is given
---@field within? string|number    no attempt begins later than this after the first one; default: no limit
---@field every? string|number     the pause before the second attempt; default "1s"
---@field backoff? number          what each pause is multiplied by to give the next one; default 1
---@field longest? string|number   no pause is longer; default "1m"
---@field on? tide.RetryChoice      which errors are worth another attempt; default: all but "usage", "config", "gate"

---Calls a function until it returns, and gives what it returned; when it still fails at the end, raises its last error. An
---interrupt is never retried. A global, and `require "tide.retry"`.
---
---```lua
---local status = retry({ attempts = 5, every = "2s", backoff = 2, on = "io" }, function(attempt)
---  return http.get("https://example.test/health").status
---end)
---```
---@generic T
---@param options tide.RetryOptions
---@param fn fun(attempt: integer): T
---@return T
function retry(options, fn) end
