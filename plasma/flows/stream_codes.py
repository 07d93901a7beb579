"""What a consumer of a group does to pending entries, each in one step of the server: the scripts.

Each of them looks first whose an entry is: what another consumer has claimed is never touched. `XCLAIM ... JUSTID` of
one's own entry begins its idle time anew and leaves the count of its deliveries alone.
"""

from __future__ import annotations

from .scripts import Code

# KEYS: the stream, and the stream of dead letters where there is one. ARGV: group, consumer, then what is said below.
_OWN = """
local key, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local function deliveries_of_own(id)
    local found = redis.call('XPENDING', key, group, id, id, 1, consumer)
    return found[1] and found[1][4]
end
"""

_BURY = (
    _OWN
    + """
local function bury(id, name, deliveries, reason)
    local there = redis.call('XRANGE', key, id, id)
    local fields = there[1] and there[1][2]
    if fields and #fields > 7900 then return false end -- more than a call of a script can have
    if fields then
        local command = {'XADD', KEYS[2], '*'}
        for _, part in ipairs(fields) do command[#command + 1] = part end
        local origin = {'dead:stream', name, 'dead:group', group, 'dead:id', id, 'dead:deliveries', deliveries,
            'dead:reason', reason}
        for _, part in ipairs(origin) do command[#command + 1] = part end
        redis.call(unpack(command))
    end
    redis.call('XACK', key, group, id)
    return true
end
"""
)

# Entries that are the consumer's, made ready to be handed out: {id, fields, deliveries}. What was deleted from the
# stream is acknowledged, for nobody can handle it; what was delivered as often as may be goes to the dead letters.
_OFFER = (
    _BURY
    + """
local most, name = tonumber(ARGV[3]), ARGV[4]
local offered, buried = {}, 0
local function offer(id, deliveries, counting, checking)
    local there = redis.call('XRANGE', key, id, id)
    if not there[1] then
        redis.call('XACK', key, group, id)
        return
    end
    if checking and most > 0 and deliveries >= most and bury(id, name, deliveries, 'max_deliveries') then
        buried = buried + 1
        return
    end
    if counting then
        redis.call('XCLAIM', key, group, consumer, 0, id)
        deliveries = deliveries + 1
    else
        redis.call('XCLAIM', key, group, consumer, 0, id, 'JUSTID')
    end
    offered[#offered + 1] = {id, there[1][2], deliveries}
end
"""
)

# ARGV: the most deliveries (0: any number), the name of the stream, milliseconds, where to begin, how many, and the ids
# that the consumer has in hand. Returns where to go on, what was claimed, and how many were buried.
_CLAIM = (
    _OFFER
    + """
local known = {}
for at = 8, #ARGV do known[ARGV[at]] = true end
local found = redis.call('XAUTOCLAIM', key, group, consumer, ARGV[5], ARGV[6], 'COUNT', ARGV[7], 'JUSTID')
for _, id in ipairs(found[2]) do
    local deliveries = not known[id] and deliveries_of_own(id)
    if deliveries then offer(id, deliveries, true, true) end
end
return {found[1], offered, buried}
"""
)

# ARGV: the most deliveries, the name of the stream, 1 if it counts as a delivery, 1 if those delivered too often are to
# be buried, and ids. Returns those that are the consumer's, and how many were buried.
_TAKE = (
    _OFFER
    + """
for at = 7, #ARGV do
    local deliveries = deliveries_of_own(ARGV[at])
    if deliveries then offer(ARGV[at], deliveries, ARGV[5] == '1', ARGV[6] == '1') end
end
return {offered, buried}
"""
)

# ARGV: ids. Returns those that are the consumer's; nobody can claim them until they are idle for long anew.
_RENEW = (
    _OWN
    + """
local ours = {}
for at = 3, #ARGV do
    if deliveries_of_own(ARGV[at]) then
        redis.call('XCLAIM', key, group, consumer, 0, ARGV[at], 'JUSTID')
        ours[#ours + 1] = ARGV[at]
    end
end
return ours
"""
)

# ARGV: milliseconds, then ids, each followed by the count of its deliveries. Those that are the consumer's, and were
# delivered so often, become as if they had not been delivered this time, and idle for so long that all may claim them.
_GIVE_BACK = (
    _OWN
    + """
for at = 4, #ARGV, 2 do
    local id, deliveries = ARGV[at], tonumber(ARGV[at + 1])
    if deliveries_of_own(id) == deliveries then
        redis.call('XCLAIM', key, group, consumer, 0, id, 'IDLE', ARGV[3], 'RETRYCOUNT', deliveries - 1, 'JUSTID')
    end
end
"""
)

# ARGV: an id. Returns 1 if it was pending with the consumer, -1 if with another one, 0 if it was pending no longer.
_ACK = """
local found = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
if not found[1] then return 0 end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
return found[1][2] == ARGV[2] and 1 or -1
"""

# ARGV: the name of the stream, an id, the count of its deliveries, the reason. Returns 1 if it was buried.
_BURY_ONE = (
    _BURY
    + """
if deliveries_of_own(ARGV[4]) ~= tonumber(ARGV[5]) then return 0 end
return bury(ARGV[4], ARGV[3], ARGV[5], ARGV[6]) and 1 or 0
"""
)

# Returns 1 if the consumer had nothing pending, and is forgotten.
_FORGET = """
if redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2])[1] then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

_SOURCES = {
    "ack": _ACK,
    "bury": _BURY_ONE,
    "claim": _CLAIM,
    "forget": _FORGET,
    "give back": _GIVE_BACK,
    "renew": _RENEW,
    "take": _TAKE,
}
_made: dict[str, Code] = {}


def codes() -> dict[str, Code]:
    """The scripts by their names."""
    if not _made:
        _made.update({name: Code(source) for name, source in _SOURCES.items()})
    return _made
