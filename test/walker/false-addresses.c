/*
** Checks what is not taken for an address of malloc's blocks: what Lua has in memory that the kernel joined to the thread's own
** storage, and the end of a string over an old address.
*/
#include "malloc/roots.h"
#include "base/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 1 << 16, CHUNKS = 384,		/* 24 MB: whatever three bytes of text say, it leads into a block */
	OWN = 2 * PAGE, JOINED = 4 * PAGE,	/* thread-local storage, and all of its mapping with the Lua heap */
};
static const uint64_t heap = 0x7f1100000000, storage = 0x7f2200000000;

static uint8_t *blocks_copy, *storage_copy;
static struct holders holders;

/* The first byte of a block. */
static uint64_t block(unsigned i)
{
	return heap + (uint64_t)i * CHUNK + BLOCK_HEADER;
}

static void put(uint8_t *at, uint64_t word)
{
	memcpy(at, &word, sizeof(word));
}

static bool is_held(uint64_t address)
{
	struct block k;

	return block_at(&holders.blocks, address, &k) && block_marked(&k);
}

/* What was at its beginning, and then its text over that, in a block that is held. */
static void told_by_text(const char *what, const char *before, const char *text, bool ends)
{
	static unsigned next = 1;	/* the first block is what "EC" leads to */
	const unsigned from = next++;
	uint8_t *bytes = blocks_copy + (uint64_t)from * CHUNK + BLOCK_HEADER;
	const size_t length = strlen(before);
	uint64_t leads_to;

	memcpy(bytes, before, length);
	put(bytes + length, heap + ((uint64_t)CHUNKS / 2) * CHUNK + 0x18);
	memcpy(bytes + length, text, strlen(text) + ends);
	memcpy(&leads_to, bytes + length, sizeof(leads_to));
	holders_take_address(&holders, block(from));
	printf("%s: %s\n", what, is_held(leads_to) ? "an address" : "no address");
}

int main(void)
{
	struct region regions[] = {{heap, heap + (uint64_t)CHUNK * CHUNKS, NULL}, {storage, storage + JOINED, NULL}};
	struct image image = {.regions = regions, .nregions = 2, .arena = calloc(1, (size_t)CHUNK * CHUNKS + JOINED)};
	struct area areas_list[] = {{.m = {.start = storage, .end = storage + JOINED, .readable = true, .writable = true}}};
	struct areas areas = {areas_list, 1};
	struct pages pages = {.im = &image};
	struct claims claims = {.areas = &areas, .pages = &pages};
	struct thread self = {.tls = storage + PAGE};
	struct roots roots = {.threads = {&self, 1}};

	regions[0].copy = blocks_copy = image.arena;
	regions[1].copy = storage_copy = image.arena + (size_t)CHUNK * CHUNKS;
	pages.count = (size_t)(regions[0].end - regions[0].start + JOINED) / PAGE;
	pages.present = calloc(pages.count, 1);
	if (!image.arena || !pages.present || image_index(&image) != 0)
		return 1;
	holders.blocks.im = &image;
	blocks_add_span(&holders.blocks, regions[0].start, regions[0].end);
	for (unsigned i = 0; i < CHUNKS; i++) {
		put(blocks_copy + (uint64_t)i * CHUNK + 8, CHUNK | 1);
		blocks_add(&holders.blocks, heap + (uint64_t)i * CHUNK, CHUNK);
	}
	if (!blocks_settle(&holders.blocks))
		return 1;

	put(storage_copy + 64, block(CHUNKS - 1));
	put(storage_copy + OWN + 64, block(CHUNKS - 2));
	put(storage_copy + JOINED - 64, block(CHUNKS - 3));
	claims_add(&claims, storage + OWN, storage + JOINED - PAGE);
	roots_hold_local_storage(&holders, &roots, &claims, &image);
	printf("thread-local storage: %s before the Lua heap, %s in it, %s behind\n", is_held(block(CHUNKS - 1)) ? "held" : "not held",
	       is_held(block(CHUNKS - 2)) ? "held" : "not held", is_held(block(CHUNKS - 3)) ? "held" : "not held");

	told_by_text("a name that begins its block", "", "EC", true);
	told_by_text("a name of three letters", "", "RSA", true);
	told_by_text("the end of a name", "request_body_fil", "e", false);
	told_by_text("the end of a name, three letters", "request_body_fil________", "ile", false);
	told_by_text("a letter behind numbers", "\1\1\1\1\1\1\1\1", "e", false);
	told_by_text("an aligned one behind text", "request_body_fil", "h", false);
	told_by_text("two letters in the middle of a block", "\1\1\1\1\1\1\1\1", "EC", true);
	holders_free(&holders);
	free(image.index);
	free(claims.list);
	free(pages.present);
	free(image.arena);
	return 0;
}
