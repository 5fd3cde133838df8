local expect = require "tide.expect"

local users = {
  { email = "ana@kustodia.test", name = "Ana Torres", phone = "55 1234 5678", country = "MX" },
  { email = "bruno@kustodia.test", name = "Bruno Díaz", phone = "+52 (55) 8765-4321", country = "MX" },
  { email = "carol@kustodia.test", name = "Carol Smith", phone = "(415) 555-0132", country = "US" },
  { email = "dieter@kustodia.test", name = "Dieter Groß", phone = "0049 30 901820", country = "DE" },
  { email = "elena@kustodia.test", name = "Elena Ruiz", phone = null, country = "MX" },
}

local payments = {
  { from = "ana", to = "bruno", amount = "12500.00", escrow = "released", what = "Used car, first half" },
  { from = "ana", to = "bruno", amount = "12500.00", escrow = "released", what = "Used car, second half" },
  { from = "carol", to = "dieter", amount = "899.90", escrow = "released", what = "Camera" },
  { from = "elena", to = "ana", amount = "3200.00", escrow = "held", what = "Deposit for a flat" },
}

local function user_id(db, name)
  return db:value("SELECT id FROM users WHERE email = $1", name .. "@kustodia.test")
end

local function add_payment(db, payment)
  db:execute("INSERT INTO payments (payer_id, payee_id, amount, status, description) VALUES ($1, $2, $3, 'paid', $4)",
    user_id(db, payment.from), user_id(db, payment.to), payment.amount, payment.what)
  local id = db:value("SELECT max(id) FROM payments")
  db:execute("INSERT INTO escrows (payment_id, amount, status) VALUES ($1, $2, $3)", id, payment.amount, payment.escrow)
  db:execute("INSERT INTO payment_events (payment_id, kind) VALUES ($1, 'paid')", id)
end

return {
  description = "Sample rows, for a database that has no users yet",

  up = function(db)
    if db:value "SELECT count(*) FROM users" > 0 then return end
    for _, user in ipairs(users) do
      db:execute("INSERT INTO users (email, full_name, phone, country) VALUES ($1, $2, $3, $4)",
        user.email, user.name, user.phone, user.country)
    end
    for _, payment in ipairs(payments) do
      add_payment(db, payment)
    end
  end,

  down = function(db)
    for row in db:rows "SELECT id FROM users WHERE email LIKE '%@kustodia.test' ORDER BY id" do
      for _, tbl in ipairs { "payment_events", "escrows" } do
        db:execute("DELETE FROM " .. tbl .. " WHERE payment_id IN (SELECT id FROM payments WHERE payer_id = $1)", row.id)
      end
      db:execute("DELETE FROM payments WHERE payer_id = $1", row.id)
    end
    db:execute "DELETE FROM users WHERE email LIKE '%@kustodia.test'"
  end,

  verify = function(db)
    local sampled = db:value "SELECT count(*) FROM users WHERE email LIKE '%@kustodia.test'"
    expect.that(sampled == 0 or sampled == #users, "all the sample users are there, or none; found " .. sampled)
    expect.value(db, "SELECT count(*) FROM escrows e JOIN payments p ON p.id = e.payment_id WHERE e.amount <> p.amount")
      :equals(0)
  end,
}
