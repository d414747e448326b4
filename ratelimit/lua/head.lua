-- Stands in front of every script. Numbers are written by %d, which takes a third
-- of the time of %.0f and is most of what a script does besides calling Redis.
-- Where C's long has 32 bits it cannot hold them.
local A, format, sub = {}, string.format, string.sub
local wide = format('%d', 2^52) == '4503599627370496'
