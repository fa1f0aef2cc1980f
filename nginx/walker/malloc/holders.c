#include "malloc/holders.h"
#include "malloc/pool.h"
#include "malloc/text-end.h"
#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SLICE = 4096,			/* bytes that are looked at before what hangs on them is */
};

/* -- Marking ------------------------------------------------------------- */

static void wait_for(struct holders *h, const uint8_t *bytes, uint64_t size, uint64_t offset)
{
	if (!LIST_HAS_ROOM(h->waiting, h->nwaiting, h->waiting_room)) {
		h->failed = true;
		return;
	}
	h->waiting[h->nwaiting++] = (struct stretch){bytes, size, offset};
}

/* A block that nobody holds yet: it is held now. */
static bool take(struct holders *h, const struct block *k)
{
	if (block_marked(k))
		return false;
	block_mark(k);
	h->held.objects++;
	h->held.bytes += k->size;
	return true;
}

static void look_into(struct holders *h, const struct block *k)
{
	uint64_t begin, size;
	const uint8_t *bytes = block_bytes(k, &begin, &size);
	const struct pool_unused u = pool_unused_of(&h->blocks, k);

	wait_for(h, bytes, u.from, 0);
	if (u.to < size)
		wait_for(h, bytes + u.to, size - u.to, u.to);
}

static void hold(struct holders *h, const struct block *k)
{
	if (take(h, k))
		look_into(h, k);
}

/* Hold what the first of the addresses seen leads to. */
static void hold_seen(struct holders *h)
{
	const struct sighting s = h->seen[h->first_seen];
	struct block k;

	h->first_seen = (h->first_seen + 1) % HOLDERS_AHEAD;
	h->nseen--;
	if (s.offset == NOT_OF_BLOCK ? block_at(&h->blocks, s.word, &k) : block_named(&h->blocks, s.word, s.offset, &k))
		hold(h, &k);
}

/* What is left of a long stretch waits, below all that hangs on its beginning: so little waits at any time. */
static void look_at(struct holders *h, const struct stretch *s)
{
	const uint64_t size = s->size > SLICE ? SLICE : s->size;
	const bool of_block = s->offset != NOT_OF_BLOCK;

	if (size < s->size)
		wait_for(h, s->bytes + size, s->size - size, of_block ? s->offset + size : NOT_OF_BLOCK);
	for (uint64_t i = 0; i + 8 <= size; i += 8) {
		uint64_t word;

		memcpy(&word, s->bytes + i, 8);
		if (!blocks_reach(&h->blocks, word) || !block_fetch_ahead(&h->blocks, word) || (of_block && text_ends_in(s->bytes + i, s->offset + i)))
			continue;
		if (h->nseen == HOLDERS_AHEAD)
			hold_seen(h);
		h->seen[(h->first_seen + h->nseen++) % HOLDERS_AHEAD] = (struct sighting){word, of_block ? s->offset + i : NOT_OF_BLOCK};
	}
}

/* All that hangs on what was looked at. Returns what was taken since. */
static struct tally hold_waiting(struct holders *h, struct tally before)
{
	while ((h->nwaiting > 0 || h->nseen > 0) && !h->failed) {
		if (h->nwaiting > 0) {
			const struct stretch s = h->waiting[--h->nwaiting];

			look_at(h, &s);
		} else {
			hold_seen(h);
		}
	}
	return (struct tally){h->held.objects - before.objects, h->held.bytes - before.bytes};
}

struct tally holders_take_bytes(struct holders *h, const uint8_t *bytes, uint64_t size)
{
	const struct tally before = h->held;
	const struct stretch s = {bytes, size, NOT_OF_BLOCK};

	look_at(h, &s);
	return hold_waiting(h, before);
}

bool holders_hand_out(const struct holders *h, const uint8_t *bytes, uint64_t size)
{
	for (uint64_t i = 0; i + 8 <= size; i += 8) {
		struct block k;
		uint64_t word;

		memcpy(&word, bytes + i, 8);
		if (block_at(&h->blocks, word, &k) && word == k.start + BLOCK_HEADER && !block_marked(&k))
			return true;
	}
	return false;
}

struct tally holders_take_block(struct holders *h, const struct block *k)
{
	const struct tally before = h->held;

	hold(h, k);
	return hold_waiting(h, before);
}

struct tally holders_take_address(struct holders *h, uint64_t address)
{
	struct block k;

	return block_at(&h->blocks, address, &k) ? holders_take_block(h, &k) : (struct tally){0, 0};
}

struct tally holders_take_block_alone(struct holders *h, uint64_t address)
{
	struct block k;

	return block_at(&h->blocks, address, &k) && take(h, &k) ? (struct tally){1, k.size} : (struct tally){0, 0};
}

struct tally holders_take_content(struct holders *h, uint64_t address)
{
	const struct tally before = h->held;
	struct block k;

	if (block_at(&h->blocks, address, &k))
		look_into(h, &k);
	return hold_waiting(h, before);
}

/* -- By name ------------------------------------------------------------- */

void holders_add(struct holders *h, const char *name, struct tally held)
{
	struct holder *to = NULL;

	if (held.objects == 0)
		return;
	for (size_t i = 0; i < h->count && !to; i++)
		if (strcmp(h->list[i].name, name) == 0)
			to = &h->list[i];
	if (!to) {
		if (!LIST_HAS_ROOM(h->list, h->count, h->room)) {
			h->failed = true;
			return;
		}
		to = &h->list[h->count++];
		memset(to, 0, sizeof(*to));
		snprintf(to->name, sizeof(to->name), "%s", name);
	}
	to->held.objects += held.objects;
	to->held.bytes += held.bytes;
}

void holders_free(struct holders *h)
{
	blocks_free(&h->blocks);
	free(h->waiting);
	free(h->list);
	memset(h, 0, sizeof(*h));
}
