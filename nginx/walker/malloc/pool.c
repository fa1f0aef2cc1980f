#include "malloc/pool.h"

enum {
	/* ngx_pool_data_t */
	LAST_AT = 0, END_AT = 8, NEXT_AT = 16, FAILED_AT = 24, DATA_SIZE = 32,
	/* ngx_pool_t */
	MAX_AT = 32, CURRENT_AT = 40, LARGE_AT = 56, HEAD_SIZE = 80,
	/* ngx_pool_large_t */
	LARGE_NEXT_AT = 0, ALLOC_AT = 8,
	ROUNDING = 32,			/* malloc's blocks have up to that many bytes more than was asked for */
	MOST_FAILED = 1 << 20,		/* `failed` counts what did not fit */
	SMALLEST_PAGE = 4096,		/* NGX_MAX_ALLOC_FROM_POOL is a page less 1 */
};

static bool is_block(const struct blocks *b, uint64_t address, struct block *k)
{
	uint64_t begin, size;

	return block_at(b, address, k) && block_bytes(k, &begin, &size) && begin == address;
}

/* That a block is a pool's shows in that `end` is where the block ends, but for malloc's rounding, and `next` another block or none. */
static bool is_of_pool(const struct blocks *b, uint64_t begin, const uint8_t *bytes, uint64_t size)
{
	struct block next;
	uint64_t last, end;

	if (size < DATA_SIZE)
		return false;
	last = word_at(bytes, LAST_AT);
	end = word_at(bytes, END_AT);
	return last >= begin + DATA_SIZE && last <= end && end <= begin + size && begin + size - end < ROUNDING &&
	       word_at(bytes, FAILED_AT) <= MOST_FAILED && (word_at(bytes, NEXT_AT) == 0 || is_block(b, word_at(bytes, NEXT_AT), &next));
}

struct pool_unused pool_unused_of(const struct blocks *b, const struct block *k)
{
	uint64_t begin, size;
	const uint8_t *bytes = block_bytes(k, &begin, &size);

	if (!is_of_pool(b, begin, bytes, size))
		return (struct pool_unused){size, size};
	return (struct pool_unused){word_at(bytes, LAST_AT) - begin, word_at(bytes, END_AT) - begin};
}

/* What fits a block is handed out of it, if it is less than a page. */
static bool is_max(uint64_t max, uint64_t room)
{
	return max == room || (max < room && max + 1 >= SMALLEST_PAGE && (max & (max + 1)) == 0);
}

bool pool_begins(const struct blocks *b, const struct block *k)
{
	uint64_t begin, size;
	const uint8_t *bytes = block_bytes(k, &begin, &size);
	struct block current;

	return size >= HEAD_SIZE && is_of_pool(b, begin, bytes, size) && word_at(bytes, END_AT) - begin >= HEAD_SIZE &&
	       is_max(word_at(bytes, MAX_AT), word_at(bytes, END_AT) - begin - HEAD_SIZE) && is_block(b, word_at(bytes, CURRENT_AT), &current);
}

bool pool_blocks(const struct blocks *b, const struct block *first, struct addr_list *to, uint64_t *steps)
{
	uint64_t begin, size;
	const uint8_t *bytes = block_bytes(first, &begin, &size);
	struct block k = *first;

	for (uint64_t large = word_at(bytes, LARGE_AT), alloc; large && *steps > 0; large = image_word(b->im, large + LARGE_NEXT_AT), --*steps) {
		alloc = image_word(b->im, large + ALLOC_AT);
		if (is_block(b, alloc, &k) && !addr_list_push(to, alloc))
			return false;
	}
	for (k = *first; *steps > 0; --*steps) {
		bytes = block_bytes(&k, &begin, &size);
		if (!addr_list_push(to, begin))
			return false;
		if (!is_of_pool(b, begin, bytes, size) || !is_block(b, word_at(bytes, NEXT_AT), &k))
			break;
	}
	return true;
}
