local WIDTH = 28

local function when(r, i) return tonumber(sub(r, (i - 1) * WIDTH + 1, (i - 1) * WIDTH + 13)) end
local function sum(r, i) return tonumber(sub(r, (i - 1) * WIDTH + 14, i * WIDTH)) end
local function record(t, n) return format(wide and '%013d%015d' or '%013.0f%015.0f', t, n) end

local function first(lo, hi, ok)
  hi = hi + 1
  while lo < hi do
    local mid = math.floor((lo + hi) / 2)
    if ok(mid) then hi = mid else lo = mid + 1 end
  end
  return lo
end

A.l = {
  load = function(text, now, p)
    local base, r = tonumber(sub(text, 1, 15)) or 0, sub(text, 16)
    local count, span = #r / WIDTH, p.a + p.guard
    local live = first(1, count, function(i) return now - when(r, i) < span end)
    if live > count then
      return {base = 0, r = '', count = 0, used = 0, now = now, t = now, left = span}
    end
    if live > 1 then
      base, r = sum(r, live - 1), sub(r, (live - 1) * WIDTH + 1)
      count = count - live + 1
    end
    local last = when(r, count)
    return {base = base, r = r, count = count, used = sum(r, count) - base,
      now = now, last = last, t = math.max(now, last), left = when(r, 1) + span - now}
  end,
  room = function(s, p) return p.limit - s.used end,
  wait = function(s, p, n)
    local need = s.used + n - p.limit
    if need <= 0 then return 0 end
    local i = first(1, s.count, function(j) return sum(s.r, j) - s.base >= need end)
    return when(s.r, i) + p.a + p.guard - s.now
  end,
  idle = function(s, p)
    if s.used == 0 then return 0 end
    return s.last + p.a + p.guard - s.now
  end,
  take = function(s, p, n)
    local total = s.base + s.used + n
    if s.last == s.t then
      s.r, s.count = sub(s.r, 1, -WIDTH - 1), s.count - 1
    end
    s.r, s.count = s.r .. record(s.t, total), s.count + 1
    s.used, s.last = s.used + n, s.t
  end,
  give = function(s, p, n, stamp)
    local i = first(1, s.count, function(j) return when(s.r, j) >= stamp end)
    if i > s.count or when(s.r, i) ~= stamp then return 0 end
    local before = s.base
    if i > 1 then before = sum(s.r, i - 1) end
    local m = math.min(n, sum(s.r, i) - before)
    local out = {sub(s.r, 1, (i - 1) * WIDTH)}
    for j = i, s.count do
      out[#out + 1] = record(when(s.r, j), sum(s.r, j) - m)
    end
    s.r, s.used = table.concat(out), s.used - m
    return m
  end,
  was = function(s, p, took) s.t = took end,
  text = function(s) return format(wide and '%015d' or '%015.0f', s.base) .. s.r end,
}
