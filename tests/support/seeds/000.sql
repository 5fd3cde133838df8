-- Rows of an escrow business, on top of what the first five migrations of the repository make.
INSERT INTO users (email, full_name, phone, country)
  SELECT 'user' || i || '@real.test', 'User ' || i, '+5255' || lpad(i::text, 8, '0'), 'MX' FROM generate_series(1, 60) i;
INSERT INTO sessions (user_id, token_hash, expires_at)
  SELECT id, md5(email), now() + interval '1 day' FROM users WHERE email LIKE '%@real.test';
INSERT INTO bank_accounts (user_id, clabe, bank)
  SELECT id, lpad(id::text, 18, '0'), 'BBVA' FROM users WHERE email LIKE '%@real.test';
INSERT INTO kyc_checks (user_id, status, checked_at)
  SELECT id, (ARRAY['pending', 'approved', 'rejected'])[1 + id % 3], now() FROM users WHERE email LIKE '%@real.test';
INSERT INTO fee_schedules (name, rate, valid_from) VALUES ('standard', 0.0125, '2025-01-01');
INSERT INTO exchange_rates (base, quote, quoted_on, rate)
  SELECT 'USD', 'MXN', date '2025-01-01' + i, 17 + i / 100.0 FROM generate_series(0, 99) i;
INSERT INTO payments (payer_id, payee_id, fee_schedule_id, amount, status, description)
  SELECT a.id, b.id, (SELECT id FROM fee_schedules), 100 + a.id, 'paid', 'Ünïcode — payment ' || a.id
  FROM users a JOIN users b ON b.id = a.id + 1 WHERE a.email LIKE '%@real.test';
INSERT INTO escrows (payment_id, amount, status)
  SELECT p.id, p.amount, (ARRAY['held', 'released', 'disputed'])[1 + p.id % 3] FROM payments p
  WHERE NOT EXISTS (SELECT FROM escrows e WHERE e.payment_id = p.id);
INSERT INTO payment_events (payment_id, kind, details)
  SELECT id, 'paid', jsonb_build_object('amount', amount) FROM payments;
INSERT INTO ledger_entries (payment_id, account, debit) SELECT id, 'custody', amount FROM payments;
INSERT INTO disputes (escrow_id, raised_by, reason)
  SELECT e.id, p.payer_id, 'Not as described' FROM escrows e JOIN payments p ON p.id = e.payment_id WHERE e.status = 'disputed';
INSERT INTO dispute_messages (dispute_id, author_id, body) SELECT id, raised_by, 'Please look' FROM disputes;
INSERT INTO notifications (user_id, subject, body) SELECT id, 'Welcome', 'Hello' FROM users;
INSERT INTO webhooks (user_id, url) SELECT id, 'https://hooks.test/' || id FROM users WHERE id % 10 = 0;
INSERT INTO webhook_deliveries (webhook_id, event, status_code) SELECT id, 'payment.paid', 200 FROM webhooks;
INSERT INTO audit_log (actor_id, action, subject) SELECT payer_id, 'pay', 'payment ' || id FROM payments;
