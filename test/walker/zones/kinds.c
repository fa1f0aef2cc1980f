/*
** Checks how zones.c tells what a zone is for, and where what it is for begins, on a made-up worker with a list of them: by
** the module that asked for it, else by what the zone's pool says in the error log; and by the pool, else by the module's record.
*/
#include "base/word.h"
#include "zones/zones.h"

#include <stdio.h>
#include <string.h>

enum {
	CYCLE_SYMBOL = 8, CYCLE = 64, LIST = CYCLE + 600, ELEMENTS = 2048, ELEMENT = 88, TEXTS = 4096, RECORDS = 8192,
	ZONE = 65536, PAGE = 4096, PAGES = ZONE / PAGE - 1,
	/* within a zone, all of it in its first page: what the slab pool has used of each size, what it describes its pages by */
	STATS = 256, DESCRIPTORS = 1024, START = PAGE, QUEUE = 64,
};
static const uint64_t base = UINT64_C(0x7f0000000000);

struct made {
	const char *name, *module, *text;	/* text: what the error log says of it; NULL: nothing */
	int before;				/* words of the module's record before its pointers; NONE: the pool has one */
};
enum { NONE = -1 };

static const struct made made[] = {
	{"by module", "ngx_http_lua_module", " in a text that differs", NONE},
	{"by text", "ngx_forked_lua_module", " in lua_shared_dict zone \"by text\"", NONE},
	{"by text alone", NULL, " in lua_shared_dict zone \"by text alone\"", NONE},
	{"of nginx", "ngx_http_limit_req_module", " in limit_req zone \"of nginx\"", NONE},
	{"other text", "ngx_forked_lua_module", " in cache keys zone \"other text\"", NONE},
	{"no text", "ngx_forked_lua_module", NULL, NONE},
	{"by record", "ngx_http_lua_module", " in lua_shared_dict zone \"by record\"", 0},
	{"by record behind others", NULL, " in lua_shared_dict zone \"by record behind others\"", 4},
	{"of nginx, untold", "ngx_http_limit_req_module", NULL, 0},
};
enum { ZONES = sizeof(made) / sizeof(made[0]) };

static uint8_t memory[(1 + ZONES) * ZONE];

static void put(uint64_t at, uint64_t v)
{
	memcpy(memory + at, &v, sizeof(v));
}

/* -- The worker that is asked -------------------------------------------- */

int memory_read(pid_t pid, struct raddr from, void *to, size_t size)
{
	(void)pid;
	if (from.a < base || from.a - base > sizeof(memory) || size > sizeof(memory) - (from.a - base))
		return -1;
	memcpy(to, memory + (from.a - base), size);
	return 0;
}

uint64_t symbols_find(const struct symbols *s, const char *name)
{
	(void)s;
	return strcmp(name, "ngx_cycle") == 0 ? base + CYCLE_SYMBOL : 0;
}

uint64_t memory_word(pid_t pid, uint64_t address)
{
	uint64_t word;

	return memory_read(pid, raddr(address), &word, sizeof(word)) == 0 ? word : 0;
}

/* A tag is the number of its zone, from 1. */
size_t symbols_name(const struct symbols *s, uint64_t address, char *to, size_t room)
{
	const char *module = made[address - 1].module;

	(void)s;
	return (size_t)snprintf(to, room, "%s", module ? module : "nginx+0x10");
}

/* -- What it holds ------------------------------------------------------- */

/* A page of chunks of one size, the first of which is in use. */
static void chunk_put(uint64_t at, unsigned page, unsigned shift)
{
	put(at + STATS + (shift - 3) * 32, PAGE >> shift);	/* total, used */
	put(at + STATS + (shift - 3) * 32 + 8, 1);
	put(at + DESCRIPTORS + page * 24 + 16, 1);		/* prev: chunks */
}

/* A pool with an empty dictionary at its first page, and the text at its second. */
static void pool_put(uint64_t at, const char *text, bool tells)
{
	put(at + 16, 8);			/* min_size, min_shift */
	put(at + 24, 3);
	put(at + 32, base + at + DESCRIPTORS);	/* pages */
	put(at + 72, base + at + STATS);
	put(at + 80, PAGES - 2);		/* pfree */
	put(at + 88, base + at + START);
	put(at + 96, base + at + ZONE);
	put(at + 104, base + at);		/* the mutex's lock */
	put(at + 184, tells ? base + at + START : 0);	/* data */
	put(at + 192, base + at);		/* addr */
	chunk_put(at, 0, 7);
	put(at + START + QUEUE, base + at + START + QUEUE);
	put(at + START + QUEUE + 8, base + at + START + QUEUE);
	chunk_put(at, 1, 6);
	put(at + DESCRIPTORS + 2 * 24, PAGES - 2);	/* the run of free pages */
	put(at + DESCRIPTORS + 2 * 24 + 8, base + at + 48);
	if (text) {
		put(at + 168, base + at + START + PAGE);	/* log_ctx */
		memcpy(memory + at + START + PAGE, text, strlen(text) + 1);
	}
}

static void element_put(unsigned i)
{
	const uint64_t at = ELEMENTS + i * ELEMENT, name = TEXTS + i * 64, record = RECORDS + i * 128, zone = (1 + i) * (uint64_t)ZONE;

	put(at + 8, base + zone);
	put(at + 16, ZONE);
	put(at + 24, strlen(made[i].name));
	put(at + 32, base + name);
	put(at + 64, 1 + i);			/* tag */
	memcpy(memory + name, made[i].name, strlen(made[i].name));
	pool_put(zone, made[i].text, made[i].before == NONE);
	if (made[i].before == NONE)
		return;
	put(at, base + record);			/* a copy of the zone, whose data is what follows here */
	put(record, base + record + 8);
	put(record + 8 + 8 * (uint64_t)made[i].before, base + zone + START);
	put(record + 16 + 8 * (uint64_t)made[i].before, base + zone);
}

int main(void)
{
	struct mapping mappings[ZONES] = {0};
	const struct maps maps = {mappings, ZONES};
	const struct symbols symbols = {0};
	struct zone_arena arena = {0};
	struct zones zones;

	put(CYCLE_SYMBOL, base + CYCLE);
	put(LIST + 8, base + ELEMENTS);
	put(LIST + 16, ZONES);
	put(LIST + 32, ELEMENT);
	put(LIST + 40, ZONES);
	for (unsigned i = 0; i < ZONES; i++) {
		element_put(i);
		mappings[i] = (struct mapping){.start = base + (1 + i) * ZONE, .end = base + (2 + i) * ZONE, .shared = true};
	}
	zones_reserve(&arena, &symbols, &maps, 1);
	zones_read(&zones, &symbols, &maps, 1);
	zones_copy(&zones, &arena, 1, 0);
	zones_count(&zones);
	for (size_t i = 0; i < zones.count; i++)
		printf("%s: %s, %s\n", zones.list[i].name, zones.list[i].kind ? zones.list[i].kind : "not known",
		       zones.list[i].dict.known ? "counted" : "not counted");
	zones_free(&zones);
	zone_arena_free(&arena);
	return 0;
}
