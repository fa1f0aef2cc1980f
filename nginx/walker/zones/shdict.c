/*
** ngx_http_lua_shdict_node_t and its siblings are the same in ngx_http_lua_module since 0.10.7 and in
** ngx_stream_lua_module. The least recently used entry is the last of the queue.
*/
#include "zones/shdict.h"
#include "nginx/queue.h"

#include <string.h>

enum {
	/* ngx_http_lua_shdict_shctx_t: rbtree, sentinel, lru_queue { prev, next } */
	SH_QUEUE = 64, SH_BYTES = 80,
	/* an entry: ngx_rbtree_node_t up to its colour, then ngx_http_lua_shdict_node_t */
	NODE_TYPE = 33, NODE_KEY_LENGTH = 34, NODE_VALUE_LENGTH = 36, NODE_EXPIRES = 40, NODE_QUEUE = 48, NODE_DATA = 68,
	/* ngx_http_lua_shdict_list_node_t: queue, value_len, value_type, data */
	ITEM_LENGTH = 16, ITEM_DATA = 21,
	TYPE_LIST = 5, TYPE_MOST = 5,
	/* ngx_http_lua_shdict_ctx_t begins with both pointers, a fork's with a name, or flags and a name */
	RECORD_WORDS = 6,
};

/* What the error log says of a dictionary; the zone's name, a quotation mark and a zero byte follow. */
static const char log_context[] = " in lua_shared_dict zone \"";
enum { LOG_CONTEXT_LENGTH = sizeof(log_context) - 1 };

const char *const shdict_age_names[NAGES] = {"lasting", "expiring", "expired"};

bool shdict_is(const struct slab_pool *pool, pid_t pid)
{
	char text[LOG_CONTEXT_LENGTH];

	return pool->log_context && memory_read(pid, raddr(pool->log_context), text, sizeof(text)) == 0 &&
	       memcmp(text, log_context, sizeof(text)) == 0;
}

/*
** The zone's data is a copy of the zone, whose data is the module's record of the dictionary. That points at the dictionary,
** and then at the pool, behind as many words as the module has before them.
*/
uint64_t shdict_find(const struct slab_pool *pool, uint64_t zone_data, pid_t pid)
{
	uint64_t words[RECORD_WORDS];

	if (!zone_data || memory_read(pid, raddr(memory_word(pid, zone_data)), words, sizeof(words)) != 0)
		return 0;
	for (int i = 1; i < RECORD_WORDS; i++)
		if (words[i] == pool->at && words[i - 1] >= pool->start && words[i - 1] < pool->end)
			return words[i - 1];
	return 0;
}

struct walk {
	const struct zone_copy *copy;
	const struct slab_pool *pool;
	uint64_t now_ms;
	uint64_t left;		/* elements that the pool can have: a queue that goes round is told by it */
};

/* Follow a queue by one element, which has to point back. */
static bool queue_next(struct walk *w, uint64_t *element)
{
	bool bad = false;
	const uint64_t next = zone_copy_word(w->copy, *element + QUEUE_NEXT, &bad);

	if (bad || w->left-- == 0 || zone_copy_word(w->copy, next + QUEUE_PREVIOUS, &bad) != *element || bad)
		return false;
	*element = next;
	return true;
}

/* The values of a list are allocations of their own; its queue is behind the key. */
static bool list_bytes(struct walk *w, uint64_t head, uint32_t length, uint64_t *bytes)
{
	uint64_t item = head;

	for (uint32_t i = 0; i < length; i++) {
		const uint8_t *p;
		uint32_t size;

		if (!queue_next(w, &item) || item == head)
			return false;
		p = zone_copy_bytes(w->copy, item, ITEM_DATA);
		if (!p)
			return false;
		memcpy(&size, p + ITEM_LENGTH, sizeof(size));
		*bytes += slab_room(w->pool, (uint64_t)ITEM_DATA + size);
	}
	return queue_next(w, &item) && item == head;
}

static bool entry_read(struct walk *w, uint64_t node, struct shdict *d, int *age)
{
	const uint8_t *p = zone_copy_bytes(w->copy, node, NODE_DATA);
	uint64_t expires, bytes;
	uint32_t value_length;
	uint16_t key_length;

	if (!p || p[NODE_TYPE] > TYPE_MOST)
		return false;
	memcpy(&key_length, p + NODE_KEY_LENGTH, sizeof(key_length));
	memcpy(&value_length, p + NODE_VALUE_LENGTH, sizeof(value_length));
	memcpy(&expires, p + NODE_EXPIRES, sizeof(expires));
	if (p[NODE_TYPE] == TYPE_LIST) {
		const uint64_t head = (NODE_DATA + (uint64_t)key_length + 7) & ~UINT64_C(7);

		bytes = slab_room(w->pool, head + QUEUE_SIZE);
		if (!list_bytes(w, node + head, value_length, &bytes))
			return false;
	} else {
		bytes = slab_room(w->pool, NODE_DATA + (uint64_t)key_length + value_length);
	}
	*age = expires == 0 ? AGE_LASTING : expires > w->now_ms ? AGE_EXPIRING : AGE_EXPIRED;
	d->ages[*age].entries++;
	d->ages[*age].bytes += bytes;
	if (*age == AGE_LASTING) {
		uint32_t hash;

		memcpy(&hash, p, sizeof(hash));	/* of ngx_rbtree_node_t's key: a crc32 */
		d->lasting_keys += hash;
	}
	if (*age == AGE_EXPIRING && expires - w->now_ms > d->ttl_ms)
		d->ttl_ms = expires - w->now_ms;
	return true;
}

void shdict_read(struct shdict *d, uint64_t head, const struct zone_copy *c, const struct slab_pool *pool, uint64_t name_length,
		 uint64_t now_ms)
{
	const uint64_t queue = head + SH_QUEUE;
	struct walk w = {.copy = c, .pool = pool, .now_ms = now_ms, .left = pool->used >> pool->least_shift};
	uint64_t element = queue, bytes;

	memset(d, 0, sizeof(*d));
	d->oldest = -1;
	/* a list's queue comes round to its entry: one more step for each */
	w.left = 2 * w.left + 1;
	while (queue_next(&w, &element) && element != queue)
		if (element < NODE_QUEUE || !entry_read(&w, element - NODE_QUEUE, d, &d->oldest))
			return;
	if (element != queue)
		return;
	bytes = slab_room(pool, SH_BYTES) + slab_room(pool, LOG_CONTEXT_LENGTH + name_length + 2);
	for (int age = 0; age < NAGES; age++)
		bytes += d->ages[age].bytes;
	d->known = bytes == pool->used;
}
