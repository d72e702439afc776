module pendapa/client

go 1.18
