#include "nginx/slots.h"
#include "base/word.h"

#include <string.h>

enum {
	MAX_SLOTS = 1 << 20,
	MIN_SLOT = 160, MAX_SLOT = 512,	/* sizeof(ngx_connection_t) */
	MIN_EVENT = 64, MAX_EVENT = 256,
};

const uint8_t *slot_at(const struct slots *s, uint64_t i)
{
	return s->copy + i * s->size;
}

bool slot_is_accepted(const uint8_t *p)
{
	return word_at(p, C_SOCKADDR) != 0;
}

/* -- Finding the slots --------------------------------------------------- */

/* Every slot has its own two events, the n-th of each array, from when the worker starts until it ends. */
static bool slots_have_events(const struct slots *s)
{
	for (uint64_t i = 0; i < s->count; i++)
		if (word_at(slot_at(s, i), C_READ) != s->reads + i * s->event ||
		    word_at(slot_at(s, i), C_WRITE) != s->writes + i * s->event)
			return false;
	return true;
}

/* sizeof(ngx_connection_t): where the second slot is, with the second events. */
static bool find_size(struct slots *s)
{
	const uint8_t *first = image_at(s->im, raddr(s->start), MAX_SLOT + C_WRITE + 8);

	if (!first || word_at(first, C_READ) != s->reads || word_at(first, C_WRITE) != s->writes)
		return false;
	for (s->size = MIN_SLOT; s->size <= MAX_SLOT; s->size += 8) {
		s->event = word_at(first, s->size + C_READ) - s->reads;
		if (s->event < MIN_EVENT || s->event > MAX_EVENT || word_at(first, s->size + C_WRITE) - s->writes != s->event)
			continue;
		s->copy = image_at(s->im, raddr(s->start), s->count * s->size);
		return s->copy && slots_have_events(s);
	}
	return false;
}

/* connection_n, files_n, connections, read_events and write_events stand together in ngx_cycle_t. */
bool slots_find(struct slots *s, const struct image *im, const struct cycle *cycle)
{
	memset(s, 0, sizeof(*s));
	s->im = im;
	s->cycle = cycle;
	if (cycle->address == 0)
		return false;
	for (unsigned at = 0; at + 40 <= CYCLE_MAX_SIZE; at += 8) {
		const uint8_t *p = image_at(im, raddr(cycle->address + at), 40);

		if (!p)
			break;
		s->count = word_at(p, 0);
		s->start = word_at(p, 16);
		s->reads = word_at(p, 24);
		s->writes = word_at(p, 32);
		if (s->count >= 2 && s->count <= MAX_SLOTS && find_size(s))
			return true;
	}
	s->count = 0;
	return false;
}

bool slots_have_event(const struct slots *s, uint64_t address)
{
	return address - s->reads < s->count * s->event || address - s->writes < s->count * s->event;
}

/* -- Which of them are free ---------------------------------------------- */

/* The slot at this address; s->count where there is none. */
static uint64_t slot_index(const struct slots *s, uint64_t address)
{
	const uint64_t from_first = address - s->start;

	return from_first < s->count * s->size && from_first % s->size == 0 ? from_first / s->size : s->count;
}

/* Whether this is the list of the free slots: each points at the next by its data, and there are as many as the cycle says. */
static bool follow_free(const struct slots *s, uint64_t first, uint64_t length, bool *is_free)
{
	uint64_t n = 0;

	memset(is_free, 0, s->count * sizeof(*is_free));
	for (uint64_t at = first; at != 0; n++) {
		uint64_t i = slot_index(s, at);

		if (i == s->count || is_free[i] || n == length)
			return false;
		is_free[i] = true;
		at = word_at(slot_at(s, i), C_DATA);
	}
	return n == length;
}

/* free_connections and free_connection_n stand together in ngx_cycle_t. Where no slot is free nothing shows where they are. */
bool slots_find_free(const struct slots *s, bool *is_free)
{
	for (unsigned at = 0; at + 16 <= CYCLE_MAX_SIZE; at += 8) {
		const uint8_t *p = image_at(s->im, raddr(s->cycle->address + at), 16);
		uint64_t length;

		if (!p)
			return false;
		length = word_at(p, 8);
		if (length > 0 && length < s->count && follow_free(s, word_at(p, 0), length, is_free))
			return true;
	}
	return false;
}
