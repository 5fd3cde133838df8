local expect = require "tide.expect"

local released_payments = [[
  SELECT u.id, u.email, count(*) AS released
  FROM users u
  JOIN payments p ON p.payee_id = u.id
  JOIN escrows e ON e.payment_id = p.id AND e.status = 'released'
  WHERE u.role = 'customer'
  GROUP BY u.id, u.email
  ORDER BY u.id
]]

return {
  description = "Whoever was paid is a seller; a seller who was paid more than once shares in the portal's fee",

  up = function(db)
    for row in db:rows(released_payments) do
      local share = row.released > 1 and "0.0250" or "0"
      db:execute("UPDATE users SET role = 'seller', portal_share = $1 WHERE id = $2", share, row.id)
      log.info(("%s is a seller with a share of %s"):format(row.email, share))
    end
  end,

  down = function(db)
    db:execute "UPDATE users SET role = 'customer', portal_share = 0 WHERE role = 'seller'"
  end,

  verify = function(db)
    expect.rows(db, released_payments):count(0)
    expect.value(db, "SELECT count(*) FROM users WHERE role = 'seller' AND portal_share NOT IN (0, 0.025)"):equals(0)
  end,
}
