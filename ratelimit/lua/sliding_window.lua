local function until_fits(free, count, a)
  if count == 0 then return 0 end
  return math.max(0, a - math.floor(free * a / count))
end

A.s = {
  load = function(text, now, p)
    local t, cur, prev = string.match(text, '^(%d+),(%d+),(%d+)$')
    t, cur, prev = tonumber(t), tonumber(cur), tonumber(prev)
    local span = p.a + p.guard
    if not t or now - t >= 2 * span then
      t, cur, prev = now, 0, 0
    elseif now - t >= span then
      t = t + span
      prev = cur
      cur = 0
    end
    return {t = t, cur = cur, prev = prev, d = now - t, e = math.max(0, now - t - p.guard), left = t + span - now}
  end,
  room = function(s, p)
    return p.limit - s.cur - math.ceil(s.prev * (p.a - s.e) / p.a)
  end,
  wait = function(s, p, n)
    local free = p.limit - s.cur - n
    if free >= 0 then
      local e = until_fits(free, s.prev, p.a)
      if e <= s.e then return 0 end
      if e < p.a then return e + p.guard - s.d end
    end
    local e = until_fits(p.limit - n, s.cur, p.a)
    if e > 0 then e = e + p.guard end
    return s.left + e
  end,
  idle = function(s, p)
    if s.cur > 0 then return s.left + p.a + p.guard end
    if s.prev > 0 then return s.left end
    return 0
  end,
  take = function(s, p, n) s.cur = s.cur + n end,
  give = function(s, p, n, stamp)
    local m = 0
    if stamp == s.t then
      m = math.min(n, s.cur)
      s.cur = s.cur - m
    elseif stamp == s.t - p.a - p.guard then
      m = math.min(n, s.prev)
      s.prev = s.prev - m
    end
    return m
  end,
  was = function(s, p, took, ahead)
    local span = p.a + p.guard
    if took < s.t then s.t, s.left = s.t - math.ceil((s.t - took) / span) * span, -ahead end
  end,
  text = function(s) return format(wide and '%d,%d,%d' or '%.0f,%.0f,%.0f', s.t, s.cur, s.prev) end,
}
