/*
** Who holds malloc's blocks. Each aligned word of what is held that is an address in a block holds that block, and so on.
** A block belongs to whoever comes first, in this order:
** 1. nginx itself: the pools of connections and requests, the cycle, libraries' data, timers, what else connections have, the
**    program's data and thread-local storage;
** 2. Lua's paths: so what a path has is what only Lua holds. A cdata that points at a request does not hold all of nginx;
** 3. unreachable cdata and userdata, first those with a finalizer;
** 4. stacks, registers and memory that nobody explains: they are full of words that no one uses any more.
** What then is left is lost: nothing points at it (lost.h).
*/
#ifndef HW_HOLDERS_H
#define HW_HOLDERS_H

#include "malloc/blocks.h"
#include "base/tally.h"

enum { HOLDERS_AHEAD = 32 };

/* Bytes that hold blocks and are still to be looked at. */
struct stretch {
	const uint8_t *bytes;
	uint64_t size;
	uint64_t offset;		/* of a block of malloc: how far into it they begin; else NOT_OF_BLOCK */
};
#define NOT_OF_BLOCK UINT64_MAX

/* An address among such bytes, and how far into their block it stands. */
struct sighting {
	uint64_t word, offset;
};

/* A holder that is not in Lua, by the name that it is told by. */
struct holder {
	char name[80];
	struct tally held;
};

struct holders {
	struct blocks blocks;
	struct stretch *waiting;
	size_t nwaiting, waiting_room;
	struct sighting seen[HOLDERS_AHEAD];	/* a ring: the memory behind an address takes its time to come */
	unsigned nseen, first_seen;
	struct tally held;		/* by all so far */
	struct holder *list;
	size_t count, room;
	bool failed;			/* memory ran out: nothing can be told */
};

/* What the aligned words of these bytes hold and nobody holds yet, with all that hangs on it. */
struct tally holders_take_bytes(struct holders *h, const uint8_t *bytes, uint64_t size);
/* Whether one of these words is the very address that malloc handed out for a block which nobody holds yet. */
bool holders_hand_out(const struct holders *h, const uint8_t *bytes, uint64_t size);
/* Take what one address holds. */
struct tally holders_take_address(struct holders *h, uint64_t address);
/* A block and what it holds. */
struct tally holders_take_block(struct holders *h, const struct block *k);
/* A block that is held, without looking at what it holds itself. */
struct tally holders_take_block_alone(struct holders *h, uint64_t address);
/* What such a block holds itself. */
struct tally holders_take_content(struct holders *h, uint64_t address);
/* Add to what the holder of this name has. Nothing is added where nothing is held. */
void holders_add(struct holders *h, const char *name, struct tally held);
void holders_free(struct holders *h);

#endif
