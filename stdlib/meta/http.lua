---@meta

---HTTP and HTTPS requests, over libcurl.
---
---Any status is an answer: `response.status` says which one, and `check = true` makes everything but 2xx raise. What is no
---whole answer raises an error of kind "io" that says how far it came: a host name that cannot be resolved, a port where
---nothing listens, a certificate that is not valid here, a timeout with its phase, an answer that was cut off, too large
---or not HTTP. A URL or an option that cannot be meant raises an error of kind "usage" before anything is sent. Ctrl-C ends
---a request at once (kind "interrupted").
---
---Certificates are verified, and there is no switch that turns it off: `ca` makes a private authority known. Redirects are
---followed only as asked, and take no credentials to another host. Cookies are off. Connections stay open between the
---requests of a run. Tokens and passwords given here are masked in all that is written; in URLs that are shown, so are the
---values in the query that look like secrets.
---
---In a dry run nothing is sent, not even a GET: it is recorded, and the answer is `{ status = 0, headers = {}, body = "",
---recorded = true }`, whose `json()` is an empty table and which passes every `check`. A read-only session refuses (kind
---"gate").
---@class tide.http
http = {}

---```lua
---local release = http.get("https://api.example.com/releases/latest", { bearer = secret "api", check = true }).json()
---http.get("https://files.example.com/dump.gz", { to_file = "dump.gz", check = true, retries = 3 })
---```
---@param url string   http or https; "user:password@" in it is sent as `basic` would be
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.get(url, options) end

---Sent once, also with `retries`, when it may have reached the server: `idempotent = true` says that twice is no harm.
---
---```lua
---http.post("https://hooks.example.com/deploy", { json = { version = "1.2.3" }, check = true })
---http.post("https://files.example.com/upload", { multipart = { title = "Report", file = { file = "report.csv" } } })
---```
---@param url string
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.post(url, options) end

---```lua
---http.put("https://s3.eu-central-1.amazonaws.com/backups/app.dump", {
---  body_file = "backups/app.dump", check = true, retries = 3,
---  aws_sigv4 = { access_key = env "AWS_ACCESS_KEY_ID", secret_key = secret "AWS_SECRET_ACCESS_KEY", region = "eu-central-1" },
---})
---```
---@param url string
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.put(url, options) end

---As to `retries`, like `http.post`.
---@param url string
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.patch(url, options) end

---@param url string
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.delete(url, options) end

---The headers of what `http.get` would answer.
---@param url string
---@param options? tide.HttpOptions
---@return tide.HttpResponse response
function http.head(url, options) end

---Any method: `http.request { method = "OPTIONS", url = "https://example.com/" }`.
---@param options tide.HttpRequest
---@return tide.HttpResponse response
function http.request(options) end

---Asks again and again until the answer is as wanted, or with `stops` no longer is. When that is not so within the time,
---it raises an error of kind "verify" (exit code 4) that says what was seen last. An answer that does not come (nothing
---listens yet, a timeout) is not as wanted.
---
---```lua
---http.expect { url = "https://example.com/health", json = { status = "ok" }, within = "2m", every = "5s", for_ = "30s" }
---http.expect { url = "http://old.internal/health", stops = true, within = "1m" }
---```
---@param options tide.HttpExpect
---@return tide.HttpResponse|nil response   the last answer; nil where it stopped because none came
function http.expect(options) end

---Watches that the answer is as wanted for as long as `for_` says, and raises an error of kind "verify" at the first that is
---not.
---
---```lua
---http.hold { url = "https://example.com/health", for_ = "5m", every = "10s" }
---```
---@param options tide.HttpHold
---@return tide.HttpResponse response   the last answer
function http.hold(options) end

---What every request may say. Paths of files are those of the project. Durations are texts such as "30s", "500ms" and "2m",
---or a number of seconds. At most one of `json`, `form`, `multipart`, `body` and `body_file`; at most one of `bearer`,
---`basic` and `aws_sigv4`.
---
---The pauses between tries grow from half a second to half a minute, by chance up to a half shorter. Retry-After is
---honoured up to five minutes; a longer one makes that answer the last. What may not arrive twice is tried again only where
---the server cannot have seen it.
---@class tide.HttpOptions
---@field headers? table<string, string|number|string[]>   or a list of { name, value }, sent in its order
---@field query? table<string, any>   added to the URL: texts, numbers, booleans, lists of them; or a list of { name, value }
---@field json? any                  sent as JSON with its Content-Type; `null` is JSON's null
---@field form? table<string, any>   likewise, sent as a browser sends a form
---@field multipart? table<string, string|number|tide.HttpPart>   sent as a browser sends files; or a list of parts
---@field body? string               sent as it is; give it a Content-Type in `headers`
---@field body_file? string          a file, read while it is sent
---@field bearer? string             Authorization: Bearer
---@field basic? string[]            { user, password }
---@field aws_sigv4? tide.HttpAws    signs the request as S3 and what is compatible with it ask for
---@field check? boolean|integer|integer[]   the statuses that do not raise; true: 2xx; default false: all
---@field timeout? string|number     of each try; default "60s", but none where a file is sent or written; 0 = none
---@field connect_timeout? string|number   for name, connection and TLS; default "10s"
---@field idle_timeout? string|number   how long nothing may move; default "60s"; 0 = for ever
---@field retries? integer           how often what may pass is tried again: no answer, 408, 429, 500, 502, 503, 504; default 0
---@field idempotent? boolean        whether it may arrive twice; default false for POST and PATCH, true for all others
---@field follow? boolean|integer    how many redirects are followed; true: 10; default false: a redirect is an answer
---@field max_size? integer          bytes of the body; default 16 MiB, with `to_file` any; 0 = any
---@field to_file? string            where the body of a 2xx goes: complete, or not at all
---@field ca? string                 the only authorities that count: a PEM file, anywhere, or its text; default the system's
---@field client_cert? string        PEM file or text
---@field client_key? string         PEM file or text; default it stands in `client_cert`
---@field client_key_password? string
---@field proxy? string|boolean      its URL; false for none; default as http_proxy, https_proxy and no_proxy say
---@field http2? boolean             true: nothing else will do; false: HTTP/1.1; default as the server and TLS agree

---@class tide.HttpRequest : tide.HttpOptions
---@field url string
---@field method? string             default "GET"

---What `http.expect` waits for, and how the request is made: also every option of a request but `json`, `check`, `retries`,
---`idempotent` and `to_file`. A try takes 10 s at most unless `timeout` says otherwise.
---@class tide.HttpExpect : tide.HttpOptions
---@field url string
---@field method? string             default "GET"
---@field status? integer|integer[]  default any 2xx
---@field json? any                  what the answer's JSON must hold; members of objects that are not named here do not count
---@field contains? string|string[]  what the body must contain
---@field stops? boolean             waits until it no longer is so; default false
---@field within? string|number      default "30s"
---@field every? string|number       pause between two tries; default "1s"
---@field for_? string|number        how long it must have been so without a break; this may end after `within`; default 0

---As tide.HttpExpect, without `within` and `stops`.
---@class tide.HttpHold : tide.HttpOptions
---@field url string
---@field for_ string|number         how long
---@field method? string             default "GET"
---@field status? integer|integer[]  default any 2xx
---@field json? any                  as in tide.HttpExpect
---@field contains? string|string[]
---@field every? string|number       default "1s"

---One part of a multipart body.
---@class tide.HttpPart
---@field name? string               not needed where the part stands under its name
---@field text? string|number
---@field file? string               instead of the text: a file of the project
---@field file_name? string          what the server is told; default the file's own name
---@field type? string               its Content-Type; default by the name's ending

---@class tide.HttpAws
---@field access_key string
---@field secret_key string
---@field session_token? string      of temporary keys
---@field region? string             default "us-east-1"
---@field service? string            default "s3"

---@class tide.HttpResponse
---@field status integer
---@field headers table<string, string>   names in upper or lower case alike; repeated ones joined by ", "
---@field body string                "" when it went to a file
---@field json fun(): any            the body as JSON; raises an error of kind "io" when it is none
---@field url string                 where it came from, after redirects
---@field version string             "1.0", "1.1" or "2"
---@field size integer               bytes of the body
---@field duration number            seconds, of all tries and pauses
---@field attempts integer           how often it was sent
---@field recorded? boolean          in a dry run: it was not sent
