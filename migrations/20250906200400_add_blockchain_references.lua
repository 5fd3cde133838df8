local expect = require "tide.expect"

return {
  description = "Where a payment and its escrow stand on the chain, and what was disputed",

  up = function(db)
    db:script [[
      ALTER TABLE payments ADD COLUMN blockchain_tx_hash text;
      ALTER TABLE payments ADD COLUMN juno_transaction_id text;
      CREATE UNIQUE INDEX idx_payments_juno_transaction ON payments (juno_transaction_id);

      ALTER TABLE escrows ADD COLUMN smart_contract_escrow_id text;
      ALTER TABLE escrows ADD COLUMN blockchain_tx_hash text;
      ALTER TABLE escrows ADD COLUMN release_tx_hash text;
      ALTER TABLE escrows ADD COLUMN dispute_history jsonb NOT NULL DEFAULT '[]';
      CREATE UNIQUE INDEX idx_escrows_smart_contract ON escrows (smart_contract_escrow_id);
    ]]
    if db.engine == "postgres" then
      db:execute "CREATE INDEX idx_escrows_dispute_history ON escrows USING gin (dispute_history)"
    end
  end,

  down = function(db)
    if db.engine == "postgres" then db:execute "DROP INDEX idx_escrows_dispute_history" end
    db:script [[
      DROP INDEX idx_escrows_smart_contract;
      ALTER TABLE escrows DROP COLUMN dispute_history;
      ALTER TABLE escrows DROP COLUMN release_tx_hash;
      ALTER TABLE escrows DROP COLUMN blockchain_tx_hash;
      ALTER TABLE escrows DROP COLUMN smart_contract_escrow_id;

      DROP INDEX idx_payments_juno_transaction;
      ALTER TABLE payments DROP COLUMN juno_transaction_id;
      ALTER TABLE payments DROP COLUMN blockchain_tx_hash;
    ]]
  end,

  verify = function(db)
    expect.table(db, "payments"):has_columns { "blockchain_tx_hash", "juno_transaction_id" }
    expect.table(db, "escrows")
      :has_columns { "smart_contract_escrow_id", "blockchain_tx_hash", "release_tx_hash", "dispute_history" }
    expect.index(db, "idx_escrows_smart_contract")
  end,
}
