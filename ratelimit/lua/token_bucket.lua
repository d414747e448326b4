local function refills(s, p, at)
  local k = math.floor((at - s.t) / p.a)
  if p.guard == 0 then return math.max(0, k) end
  return k
end

local function missing(s, p)
  if s.used == 0 then return 0 end
  return math.max(0, s.used - refills(s, p, s.now - p.guard) * p.b)
end

A.b = {
  load = function(text, now, p)
    local t, used = string.match(text, '^(%d+),(%d+)$')
    t, used = tonumber(t) or now, tonumber(used) or 0
    return {t = t, used = used, now = now, left = t + p.a + p.guard - now}
  end,
  room = function(s, p) return p.limit - missing(s, p) end,
  wait = function(s, p, n)
    if missing(s, p) + n <= p.limit then return 0 end
    return s.t + math.ceil((s.used + n - p.limit) / p.b) * p.a + p.guard - s.now
  end,
  idle = function(s, p)
    if missing(s, p) == 0 then return 0 end
    return s.t + math.ceil(s.used / p.b) * p.a + p.guard - s.now
  end,
  take = function(s, p, n)
    local k = math.max(0, refills(s, p, s.now))
    local used = math.max(0, s.used - k * p.b)
    if used == 0 then s.t = s.now else s.t = s.t + k * p.a end
    s.used = used + n
  end,
  give = function(s, p, n)
    local m = math.min(n, missing(s, p), s.used)
    s.used = s.used - m
    return m
  end,
  text = function(s) return format(wide and '%d,%d' or '%.0f,%.0f', s.t, s.used) end,
}
