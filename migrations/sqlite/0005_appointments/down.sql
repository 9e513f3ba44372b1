DROP TABLE appointment_events;
DROP TABLE appointments;
