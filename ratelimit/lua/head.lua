local A, format, sub = {}, string.format, string.sub
local wide = format('%d', 2^52) == '4503599627370496'
