-- A table `customers` with phones and e-mail addresses as people type them: tide run make_customers --set rows=20000
local rows = tonumber(arg.rows or 20000)

db:execute "DROP TABLE IF EXISTS customers"
db:execute [[CREATE TABLE customers (
  id integer PRIMARY KEY, email text NOT NULL, phone text, credit integer NOT NULL, debit integer NOT NULL,
  balance integer NOT NULL)]]
db:execute([[
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
INSERT INTO customers
SELECT i, CASE i % 3 WHEN 0 THEN 'User' || i || '@Example.COM' ELSE 'user' || i || '@example.com' END,
  CASE i % 4 WHEN 0 THEN '+5255' || (10000000 + i) WHEN 1 THEN '(55) 1000-' || (1000 + i % 9000)
    WHEN 2 THEN '52-55-1000-' || (1000 + i % 9000) ELSE NULL END,
  i % 700, i % 300, i % 700 - CASE i % 50 WHEN 0 THEN 0 ELSE i % 300 END
FROM n]], rows)
return rows .. " customers"
