-- Tells people and other systems what happened, over http and mail.
local native = ...

local notify = {}

local SLACK = { url = "string", text = "string", timeout = "string|number" }
local WEBHOOK = {
  url = "string", json = "table|string|number|boolean", headers = "table", bearer = "string", timeout = "string|number",
}
local EMAIL = {
  smtp = "string", to = "string|table", from = "string", subject = "string", text = "string", ca = "string",
  timeout = "string|number",
}

local function check(what, options, fields, needed)
  options = native.options(what, options, fields)
  for _, name in ipairs(needed) do
    if options[name] == nil then native.host.raise { kind = "usage", message = ("%s needs `%s`"):format(what, name) } end
  end
  return options
end

-- Whoever knows the URL of a Slack webhook can post: it is a secret as a whole, and so is its path.
local function hide_url(url)
  native.inputs.hide(url)
  local path = url:match("^%w+://[^/]+(/.+)$")
  if path then native.inputs.hide(path) end
end

function notify.slack(options)
  options = check("notify.slack", options, SLACK, { "url", "text" })
  hide_url(options.url)
  http.post(options.url, { json = { text = options.text }, timeout = options.timeout or "15s", check = true })
end

function notify.webhook(options)
  options = check("notify.webhook", options, WEBHOOK, { "url", "json" })
  http.post(options.url, {
    json = options.json, headers = options.headers, bearer = options.bearer, timeout = options.timeout or "15s", check = true,
  })
end

-- The server's URL may hold a password.
local function hide_password(url)
  local password = url:match("^%w+://[^/@:]*:([^/@]+)@")
  if password then native.inputs.hide(password) end
end

function notify.email(options)
  options = check("notify.email", options, EMAIL, { "smtp", "to", "from", "subject" })
  hide_password(options.smtp)
  native.mail.send {
    smtp = options.smtp, ca = options.ca, from = options.from, subject = options.subject, text = options.text or "",
    to = type(options.to) == "table" and options.to or { options.to },
    timeout_ms = native.host.duration(options.timeout or "30s", "notify.email: timeout"),
  }
end

return notify
