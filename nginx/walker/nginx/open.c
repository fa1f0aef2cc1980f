#include "nginx/open.h"
#include "base/word.h"

#include <stdlib.h>
#include <string.h>

enum {
	WATCHER_FD = -2,
	TIMERS_SIZE = 32, MAX_TIMERS_END = 256,		/* the four numbers, and where they may end in a configuration */
};

/* -- What those in use are ----------------------------------------------- */

static int32_t slot_fd(const uint8_t *p)
{
	int32_t fd;

	memcpy(&fd, p + C_FD, sizeof(fd));
	return fd;
}

/* A listening socket has no peer, a connection that it accepted has one. */
static bool is_listening(const uint8_t *p)
{
	return word_at(p, C_LISTENING) != 0 && !slot_is_accepted(p);
}

static bool is_channel(const struct slots *s, const uint8_t *p)
{
	return slot_fd(p) == s->cycle->channel;
}

/* A pipe of signals to the process itself: nothing stands behind it, neither a request, nor a peer, nor memory of its own. */
static bool is_signals(const uint8_t *p)
{
	return word_at(p, C_DATA) == 0 && word_at(p, C_POOL) == 0 && !slot_is_accepted(p);
}

static bool could_come(const struct slots *s, const uint8_t *p)
{
	return slot_fd(p) >= 0 && !is_listening(p) && !is_channel(s, p) && !is_signals(p);
}

/* -- Lua code that waits ------------------------------------------------- */

/*
** A Lua module has a connection without a socket for the code of each timer, and one of init_worker that it never gives back: what
** runs is told by its own count. From its first timer on it also has a watcher, to be told when the worker is to end, whose data is
** the module's configuration; in there, in all versions, max_pending_timers, pending_timers, max_running_timers and
** running_timers stand before the watcher.
*/
static bool read_running(const struct slots *s, const uint8_t *watcher, uint64_t address, uint64_t *running)
{
	const uint64_t conf = word_at(watcher, C_DATA);

	for (unsigned at = TIMERS_SIZE; at <= MAX_TIMERS_END; at += 8) {
		const uint8_t *p = image_at(s->im, raddr(conf + at - TIMERS_SIZE), TIMERS_SIZE + 8);

		if (!p)
			return false;
		if (word_at(p, TIMERS_SIZE) != address)
			continue;
		*running = word_at(p, 24);
		return word_at(p, 8) <= word_at(p, 0) && *running <= word_at(p, 16);
	}
	return false;
}

bool open_count(const struct slots *s, uint64_t *open)
{
	bool *is_free = malloc(s->count * sizeof(*is_free));
	bool told = is_free && slots_find_free(s, is_free);

	*open = 0;
	for (uint64_t i = 0; told && i < s->count; i++) {
		const uint8_t *p = slot_at(s, i);
		uint64_t running = 0;

		if (is_free[i])
			continue;
		if (slot_fd(p) == WATCHER_FD)
			told = read_running(s, p, s->start + i * s->size, &running);
		*open += running + could_come(s, p);
	}
	free(is_free);
	return told;
}
