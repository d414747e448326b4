A.g = {
  load = function(text, now, p)
    local tat, rem = string.match(text, '^(%d+),(%d+)$')
    tat, rem = tonumber(tat), tonumber(rem)
    local level = 0
    if tat then level = math.max(0, (tat + p.guard - now) * p.b + rem) end
    if not tat or tat < now then tat, rem = now, 0 end
    return {tat = tat, rem = rem, level = level, t = now, now = now, left = math.ceil(level / p.b)}
  end,
  room = function(s, p) return math.floor((p.limit * p.a - s.level) / p.a) end,
  wait = function(s, p, n)
    local over = s.level + (n - p.limit) * p.a
    if over <= 0 then return 0 end
    return math.ceil(over / p.b)
  end,
  idle = function(s, p) return math.ceil(s.level / p.b) end,
  take = function(s, p, n)
    local rem = s.rem + n * p.a
    local whole = math.floor(rem / p.b)
    s.tat, s.rem = s.tat + whole, rem - whole * p.b
    s.level = (s.tat + p.guard - s.now) * p.b + s.rem
  end,
  give = function(s, p, n)
    local units = (s.tat - s.now) * p.b + s.rem
    local m = math.min(n, math.ceil(units / p.a))
    units = math.max(0, units - n * p.a)
    s.rem = units % p.b
    s.tat = s.now + (units - s.rem) / p.b
    s.level = units + p.guard * p.b
    return m
  end,
  text = function(s) return format(wide and '%d,%d' or '%.0f,%.0f', s.tat, s.rem) end,
}
