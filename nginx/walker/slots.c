#include "slots.h"

#include <string.h>

enum {
	MAX_SLOTS = 1 << 20,
	MIN_SLOT = 160, MAX_SLOT = 512,	/* sizeof(ngx_connection_t) */
	MIN_EVENT = 64, MAX_EVENT = 256,
};

uint64_t slot_word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

const uint8_t *slot_at(const struct slots *s, uint64_t i)
{
	return s->copy + i * s->size;
}

bool slot_is_accepted(const uint8_t *p)
{
	return slot_word(p + C_SOCKADDR) != 0;
}

/* -- Finding the slots --------------------------------------------------- */

/* Every slot has its own two events, the n-th of each array, from when the worker starts until it ends. */
static bool slots_have_events(const struct slots *s)
{
	for (uint64_t i = 0; i < s->count; i++)
		if (slot_word(slot_at(s, i) + C_READ) != s->reads + i * s->event ||
		    slot_word(slot_at(s, i) + C_WRITE) != s->writes + i * s->event)
			return false;
	return true;
}

/* sizeof(ngx_connection_t): where the second slot is, with the second events. */
static bool find_size(struct slots *s)
{
	const uint8_t *first = image_at(s->im, raddr(s->start), MAX_SLOT + C_WRITE + 8);

	if (!first || slot_word(first + C_READ) != s->reads || slot_word(first + C_WRITE) != s->writes)
		return false;
	for (s->size = MIN_SLOT; s->size <= MAX_SLOT; s->size += 8) {
		s->event = slot_word(first + s->size + C_READ) - s->reads;
		if (s->event < MIN_EVENT || s->event > MAX_EVENT || slot_word(first + s->size + C_WRITE) - s->writes != s->event)
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
		s->count = slot_word(p);
		s->start = slot_word(p + 16);
		s->reads = slot_word(p + 24);
		s->writes = slot_word(p + 32);
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
