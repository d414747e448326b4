A.f = {
  load = function(text, now, p)
    local t, used = string.match(text, '^(%d+),(%d+)$')
    t, used = tonumber(t), tonumber(used)
    local span = p.a + p.guard
    if not t or now - t >= span then
      t, used = now, 0
    end
    return {t = t, used = used, left = t + span - now}
  end,
  room = function(s, p) return p.limit - s.used end,
  wait = function(s, p, n)
    if s.used + n <= p.limit then return 0 end
    return s.left
  end,
  idle = function(s)
    if s.used == 0 then return 0 end
    return s.left
  end,
  take = function(s, p, n) s.used = s.used + n end,
  give = function(s, p, n, stamp)
    if stamp ~= s.t then return 0 end
    local m = math.min(n, s.used)
    s.used = s.used - m
    return m
  end,
  text = function(s) return format(wide and '%d,%d' or '%.0f,%.0f', s.t, s.used) end,
}
