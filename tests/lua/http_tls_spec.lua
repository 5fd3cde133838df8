-- Certificates, HTTP/2 and proxies.
local check = require "check"
local http_check = require "http_check"

local server, at, pem, failure, fails_with, secure =
  http_check.server, http_check.at, http_check.pem, http_check.failure, http_check.fails_with, http_check.secure

return {
  alone = {
    ["a certificate of a known authority is accepted, for the names that it holds"] = function()
      check.equal(secure("https").status, 200)
      check.equal(http.get((server().https .. "/status/200"):gsub("127.0.0.1", "localhost"), { ca = pem "ca.pem" }).status, 200)
      check.equal(secure("self_signed", "/status/200", { ca = pem "self.pem" }).status, 200)
    end,

    ["a connection over TLS is used again, by requests with the same certificates only"] = function()
      local first = secure("https", "/echo").json().connection
      check.equal(secure("https", "/echo").json().connection, first)
      local other = secure("https", "/echo", { client_cert = pem "client.pem", client_key = pem "client.key" })
      assert(other.json().connection ~= first)
    end,

    ["an authority that is not known, with and without another's ca"] = function()
      local err = fails_with("comes from an authority that is not known here", server().https .. "/")
      check.contains(err.message, "the certificate of 127.0.0.1:")
      check.contains(err.hint, "ca = ")
      fails_with("not known here", server().https .. "/", { ca = pem "self.pem" })
    end,

    ["a self-signed certificate"] = function()
      fails_with("is self-signed and not known here", server().self_signed .. "/")
      fails_with("is self-signed and not known here", server().self_signed .. "/", { ca = pem "ca.pem" })
    end,

    ["an expired certificate"] = function()
      fails_with("has expired", server().expired .. "/", { ca = pem "ca.pem" })
    end,

    ["a certificate for another host"] = function()
      fails_with("is for another host", server().elsewhere .. "/", { ca = pem "ca.pem" })
    end,

    ["with ca only those authorities count"] = function()
      fails_with("not known here", server().self_signed .. "/", { ca = pem "client.pem" })
    end,

    ["a certificate and its key may be given as text"] = function()
      local text = fs.read "ca.pem"
      check.equal(secure("https", "/status/200", { ca = text }).status, 200)
      check.equal(secure("client_auth", "/status/200",
        { ca = text, client_cert = fs.read "client.pem", client_key = fs.read "client.key" }).status, 200)
    end,

    ["a server that asks for the client's certificate gets it, or says no"] = function()
      local url, cannot = server().client_auth .. "/status/200", "client_cert and client_key cannot be used"
      failure(url, { ca = pem "ca.pem" }) -- the server's alert or the end of the connection, whichever comes first
      fails_with(cannot, url, { ca = pem "ca.pem", client_cert = pem "client.pem", client_key = pem "ca.key" })
      fails_with(cannot, url, { ca = pem "ca.pem", client_cert = pem "none.pem" })
      check.equal(http.get(url, { ca = pem "ca.pem", client_cert = pem "client.pem", client_key = pem "client.key" }).status, 200)
      failure(url, { ca = pem "ca.pem" })
    end,

    ["a locked key is opened by its password and never by asking the terminal"] = function()
      local options = { ca = pem "ca.pem", client_cert = pem "client.pem", client_key = pem "locked.key" }
      fails_with("client_cert and client_key cannot be used", server().client_auth .. "/", options)
      options.client_key_password = "key password"
      check.equal(http.get(server().client_auth .. "/status/200", options).status, 200)
    end,

    ["a ca file that is missing or holds no certificate"] = function()
      fails_with("ca cannot be read or holds no certificate", server().https .. "/", { ca = pem "none.pem" })
      fails_with("ca cannot be read or holds no certificate", server().https .. "/", { ca = pem "ca.key" })
    end,

    ["TLS to a port that speaks none"] = function()
      fails_with("the TLS handshake with 127.0.0.1:", (at "/"):gsub("http:", "https:"), {})
    end,

    ["HTTP/2 where the server has it, HTTP/1.1 where it is asked for"] = function()
      local response = secure("h2", "/hello")
      check.equal(response.version, "2")
      check.equal(response.body, "over HTTP/2\n")
      check.equal(secure("h2", "/hello", { http2 = true }).version, "2")
      failure(server().h2 .. "/hello", { ca = pem "ca.pem", http2 = false }) -- nghttpd has nothing else
      check.equal(secure("https", "/status/200", { http2 = false }).version, "1.1")
      check.equal(http.get(server().h2c .. "/hello", { http2 = true }).version, "2")
      check.equal(secure("https").version, "1.1")
      fails_with("the server speaks HTTP/1.1 only, not HTTP/2", server().https .. "/status/200", { ca = pem "ca.pem", http2 = true })
    end,

    ["a proxy gets what it is asked for, and its own password only"] = function()
      local proxy = server().proxy
      local seen = http.get("http://example.test/x", { proxy = proxy, bearer = "t" }).json()
      check.equal(seen.target, "http://example.test/x")
      check.equal(http.get("http://example.test/x", { proxy = (proxy:gsub("//", "//proxy%%20user:proxy%%20password@")) }).status, 200)
      check.equal(http.get("http://example.test/x", { proxy = (proxy:gsub("//", "//proxy:wrong@")) }).status, 407)
    end,

    ["TLS goes through it in a tunnel, to which the credentials do not belong"] = function()
      fails_with("the proxy refuses to connect to 127.0.0.1:", server().https .. "/",
        { proxy = (server().proxy:gsub("//", "//proxy:wrong@")), ca = pem "ca.pem" })
      local through = secure("https", "/echo", { proxy = server().proxy, bearer = "t0ken" }).json()
      check.equal(through.headers.authorization, "Bearer t0ken")
    end,

    ["a proxy that is not there is named"] = function()
      fails_with("the proxy's name cannot be resolved", at "/", { proxy = "http://no-such-proxy.invalid:3128" })
      fails_with("nothing listens at the proxy 127.0.0.1:", at "/", { proxy = server().closed })
    end,
  },
}
