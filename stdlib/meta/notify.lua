---@meta tide.notify

---Tells people and other systems what happened. Each is an effect: recorded in a dry run, and an error when it did not arrive.
---@class tide.notify
local notify = {}

---@class tide.SlackOptions
---@field url string    of an incoming webhook; masked in all output from then on, so take it from `secret`
---@field text string   in Slack's own markup
---@field timeout? string|number   default "15s"

---Posts to a Slack channel.
---
---```lua
---notify.slack { url = secret "slack_webhook", text = "Migration of *production* is done" }
---```
---@param options tide.SlackOptions
function notify.slack(options) end

---@class tide.WebhookOptions
---@field url string
---@field json any      what is posted
---@field headers? table<string, string>   default none
---@field bearer? string   a token for the Authorization header; default none
---@field timeout? string|number   default "15s"

---Posts JSON to a URL. An answer that is not 2xx raises.
---@param options tide.WebhookOptions
function notify.webhook(options) end

---@class tide.EmailOptions
---@field smtp string   smtp://user:password@host:587 or smtps://host, percent-encoded
---@field to string|string[]   "ops@example.test" or "Operations <ops@example.test>"
---@field from string
---@field subject string
---@field text? string   plain text; default none
---@field ca? string   PEM file of the project: the authorities that count; default those of the system
---@field timeout? string|number   default "30s"

---Hands a mail to a server. TLS is used where the server offers it, and required where the URL has a password.
---@param options tide.EmailOptions
function notify.email(options) end

return notify
