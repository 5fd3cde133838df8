CREATE TABLE from_file (id integer, note text);
INSERT INTO from_file VALUES (1, 'a;b');
-- a comment; with a semicolon
INSERT INTO from_file VALUES (2, 'c');
