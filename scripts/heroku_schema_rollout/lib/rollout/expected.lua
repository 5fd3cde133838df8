-- The schema that production has before and after, and what can be read off a database about it.
local expected = { migrations = 6 }

expected.old_tables = {
  "api_keys", "audit_log", "bank_accounts", "dispute_messages", "disputes", "escrows", "exchange_rates", "fee_schedules",
  "kyc_checks", "ledger_entries", "notifications", "payment_events", "payments", "sessions", "users",
  "webhook_deliveries", "webhooks",
}
expected.new_tables = {
  "etherfuse_customers", "multisig_wallet_config", "multisig_wallet_owners", "multisig_approval_requests",
  "multisig_signatures", "multisig_transaction_log", "yield_activations", "yield_earnings", "yield_payouts",
}
expected.new_columns = {
  users = { "portal_share", "role", "juno_bank_account_id" },
  payments = { "blockchain_tx_hash", "juno_transaction_id" },
  escrows = { "smart_contract_escrow_id", "blockchain_tx_hash", "release_tx_hash", "dispute_history" },
}
expected.new_indexes = {
  "idx_etherfuse_customers_kyc_status", "idx_multisig_wallet_owners_user", "idx_multisig_approval_requests_payment",
  "idx_multisig_approval_requests_status", "idx_multisig_signatures_owner", "idx_multisig_transaction_log_request",
  "idx_yield_activations_customer", "idx_yield_payouts_activation", "idx_users_juno_bank_account",
  "idx_payments_juno_transaction", "idx_escrows_smart_contract", "idx_escrows_dispute_history",
}
expected.new_foreign_keys = {
  etherfuse_customers = { user_id = "users" },
  multisig_wallet_owners = { wallet_id = "multisig_wallet_config", user_id = "users" },
  multisig_approval_requests = { wallet_id = "multisig_wallet_config", payment_id = "payments" },
  multisig_signatures = { request_id = "multisig_approval_requests", owner_id = "multisig_wallet_owners" },
  multisig_transaction_log = { request_id = "multisig_approval_requests" },
  yield_activations = { payment_id = "payments", customer_id = "etherfuse_customers" },
  yield_earnings = { activation_id = "yield_activations" },
  yield_payouts = { activation_id = "yield_activations" },
}

function expected.has(list, name)
  for _, each in ipairs(list) do
    if each == name then return true end
  end
  return false
end

function expected.count_tables(db)
  return db:value "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
end

-- How many rows each old table has, and a sum over their contents that the order of rows does not change; without the
-- columns that the migrations add.
function expected.contents(db)
  local found = {}
  for _, name in ipairs(expected.old_tables) do
    local added = "{" .. table.concat(expected.new_columns[name] or {}, ",") .. "}"
    found[name] = db:value(([[SELECT count(*) || ' rows, ' || coalesce(sum(('x' || left(hash, 15))::bit(60)::bigint), 0)
      FROM (SELECT md5((to_jsonb(t) - $1::text[])::text) AS hash FROM %s t) AS hashed]]):format(db:ident(name)), added)
  end
  return found
end

-- The tables of which the contents are not as they were.
function expected.changed(before, now)
  local names = {}
  for _, name in ipairs(expected.old_tables) do
    if before[name] ~= now[name] then names[#names + 1] = ("%s (%s, now %s)"):format(name, before[name], now[name]) end
  end
  return names
end

-- What differs from the reference beside what the migrations bring.
function expected.surprises(production, reference)
  local found = {}
  for _, difference in ipairs(schema.diff(production, reference, { a = "production", b = "the reference" })) do
    local owner = difference.name:match "[^.]+$"
    local brought = difference.change == "only_in_b" and (expected.has(expected.new_tables, owner)
      or expected.has(expected.new_columns[owner] or {}, difference.part) or expected.has(expected.new_indexes, difference.part)
      or difference.part_kind == "constraint" and expected.new_columns[owner] ~= nil)
    if not brought then found[#found + 1] = difference.text end
  end
  return found
end

function expected.check_foreign_keys(run)
  for name, keys in pairs(expected.new_foreign_keys) do
    for column, target in pairs(keys) do run.expect.foreign_key(name, column):references(target, "id") end
  end
end

-- Calls fn with a connection to another database, which is closed then.
function expected.with(run, where, fn)
  local other = run:connect(where)
  local ok, value, why = pcall(fn, other)
  other:close()
  if not ok then error(value, 0) end
  return value, why
end

return expected
