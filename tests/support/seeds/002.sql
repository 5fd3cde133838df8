-- Rows of a ledger, on top of the first four migrations of scripts/app_platform_release.
INSERT INTO users (email, name) SELECT 'user' || i || '@real.test', 'Üser ' || i FROM generate_series(1, 200) i;
INSERT INTO institutions (name) VALUES ('First Bank'), ('Credit Union');
INSERT INTO accounts (user_id, institution_id, name) SELECT id, 1 + id % 2, 'Checking' FROM users;
INSERT INTO categories (name) VALUES ('Food'), ('Rent'), ('Salary');
INSERT INTO transactions (account_id, category_id, amount, booked_on, memo)
  SELECT a.id, 1 + i % 3, i - 20.5, date '2025-01-01' + i, 'Entry ' || i FROM accounts a, generate_series(1, 20) i;
INSERT INTO groups (name) VALUES ('Family');
INSERT INTO group_members (group_id, user_id, role) SELECT 1, id, CASE id WHEN 1 THEN 'owner' ELSE 'member' END FROM users WHERE id < 5;
