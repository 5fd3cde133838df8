INSERT INTO users (handle, email) VALUES ('whynot', 'hello@whynot.example');
INSERT INTO rooms (name, owner_id) SELECT 'Lobby', id FROM users WHERE handle = 'whynot';
INSERT INTO room_participants (room_id, user_id, role) SELECT r.id, u.id, 'owner' FROM rooms r JOIN users u ON u.id = r.owner_id;
INSERT INTO messages (room_id, author_id, body) SELECT id, owner_id, 'Welcome. Why not say something?' FROM rooms;
