#include "base/pair-map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t pair_hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f));

	return (size_t)(h ^ (h >> 29));
}

uint32_t pair_map_get(const struct pair_map *m, uint64_t a, uint64_t b)
{
	if (m->room == 0)
		return NO_VALUE;
	for (size_t i = pair_hash(a, b);; i++) {
		const struct pair_slot *s = &m->slots[i & (m->room - 1)];

		if (s->value == NO_VALUE || (s->a == a && s->b == b))
			return s->value;
	}
}

static void pair_map_set(struct pair_map *m, uint64_t a, uint64_t b, uint32_t value)
{
	for (size_t i = pair_hash(a, b);; i++) {
		struct pair_slot *s = &m->slots[i & (m->room - 1)];

		if (s->value == NO_VALUE || (s->a == a && s->b == b)) {
			m->count += s->value == NO_VALUE;
			*s = (struct pair_slot){a, b, value};
			return;
		}
	}
}

bool pair_map_put(struct pair_map *m, uint64_t a, uint64_t b, uint32_t value)
{
	if (m->count * 2 >= m->room) {
		struct pair_map more = {.room = m->room ? m->room * 2 : 1024};

		assert((more.room & (more.room - 1)) == 0);	/* slots are addressed by a mask */
		more.slots = malloc(more.room * sizeof(*more.slots));
		if (!more.slots)
			return false;
		memset(more.slots, 0xff, more.room * sizeof(*more.slots));
		for (size_t i = 0; i < m->room; i++)
			if (m->slots[i].value != NO_VALUE)
				pair_map_set(&more, m->slots[i].a, m->slots[i].b, m->slots[i].value);
		free(m->slots);
		*m = more;
	}
	pair_map_set(m, a, b, value);
	return true;
}

void pair_map_empty(struct pair_map *m)
{
	if (m->count)
		memset(m->slots, 0xff, m->room * sizeof(*m->slots));
	m->count = 0;
}

void pair_map_clear(struct pair_map *m)
{
	free(m->slots);
	memset(m, 0, sizeof(*m));
}
