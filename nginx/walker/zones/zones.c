/*
** ngx_cycle->shared_memory is found by its form, as its offset differs between versions: a list
** whose elements describe shared mappings that are there.
*/
#define _GNU_SOURCE
#include "zones/zones.h"
#include "base/clock.h"
#include "base/word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CYCLE_BYTES = 1024,
	/* ngx_list_t: last, part.elts, part.nelts, part.next, size, nalloc, pool */
	LIST_BYTES = 56,
	/* ngx_shm_zone_t: data, shm { addr, size, name { len, data }, log, exists }, init, tag, ... */
	ZONE_LEAST = 72, ZONE_MOST = 104,
	ZONE_DATA = 0, ZONE_ADDR = 8, ZONE_SIZE = 16, ZONE_NAME_LEN = 24, ZONE_NAME = 32, ZONE_TAG = 64,
	MAX_PARTS = 64,
};

/* The zone is the beginning of a shared mapping that holds all of it. */
static bool is_shared(const struct maps *maps, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < maps->count; i++)
		if (maps->list[i].start == start)
			return maps->list[i].shared && size > 0 && size <= maps->list[i].end - start;
	return false;
}

/* -- What they are for ---------------------------------------------------- */

static const char LUA_SHARED_DICT[] = "lua_shared_dict";

/* By the module that asked for the zone: its tag. */
static const char *kind_of(const char *owner)
{
	static const char *const kinds[][2] = {
		{"ngx_http_lua_module", LUA_SHARED_DICT},	{"ngx_stream_lua_module", LUA_SHARED_DICT},
		{"ngx_http_limit_req_module", "limit_req"},	{"ngx_http_limit_conn_module", "limit_conn"},
		{"ngx_stream_limit_conn_module", "limit_conn"}, {"ngx_http_proxy_module", "cache"},
		{"ngx_http_fastcgi_module", "cache"},		{"ngx_http_uwsgi_module", "cache"},
		{"ngx_http_scgi_module", "cache"},		{"ngx_http_ssl_module", "ssl_session"},
		{"ngx_stream_ssl_module", "ssl_session"},	{"ngx_mail_ssl_module", "ssl_session"},
		{"ngx_http_upstream_module", "upstream"},	{"ngx_stream_upstream_module", "upstream"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(owner, kinds[i][0]) == 0)
			return kinds[i][1];
	return NULL;
}

static bool is_dict(const struct zone *z)
{
	return z->kind && strcmp(z->kind, LUA_SHARED_DICT) == 0;
}

/* -- The list of zones --------------------------------------------------- */

static bool zone_read(struct zone *z, const uint8_t *element, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	uint64_t length = word_at(element, ZONE_NAME_LEN);
	char *plus;

	memset(z, 0, sizeof(*z));
	z->start = word_at(element, ZONE_ADDR);
	z->size = word_at(element, ZONE_SIZE);
	if (!is_shared(maps, z->start, z->size))
		return false;
	z->name_length = length;
	if (length >= sizeof(z->name))
		length = sizeof(z->name) - 1;
	if (memory_read(pid, raddr(word_at(element, ZONE_NAME)), z->name, length) != 0)
		return false;
	symbols_name(s, word_at(element, ZONE_TAG), z->owner, sizeof(z->owner));
	plus = strchr(z->owner, '+');	/* no symbol stands at the tag itself */
	if (plus)
		z->owner[0] = '\0';
	z->kind = kind_of(z->owner);
	if (slab_read(&z->pool, z->start, z->size, pid)) {
		z->slab = true;
		z->capacity = z->pool.npages << z->pool.page_shift;
		z->free = z->pool.free_pages << z->pool.page_shift;
		z->used = z->pool.used;
		if (!z->kind && shdict_is(&z->pool, pid))
			z->kind = LUA_SHARED_DICT;
		z->contents = z->pool.data;
		if (!z->contents && is_dict(z))
			z->contents = shdict_find(&z->pool, word_at(element, ZONE_DATA), pid);
	}
	return true;
}

static void part_read(struct zones *z, const uint8_t *part, uint64_t element_size, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	const uint64_t count = word_at(part, 8);
	uint8_t element[ZONE_MOST];

	for (uint64_t i = 0; i < count && z->count < MAX_ZONES; i++) {
		if (memory_read(pid, raddr(word_at(part, 0) + i * element_size), element, element_size) != 0)
			return;
		if (zone_read(&z->list[z->count], element, s, maps, pid))
			z->count++;
	}
}

static bool is_zone_list(const uint8_t *list, const struct maps *maps, pid_t pid)
{
	const uint64_t size = word_at(list, 32), elements = word_at(list, 8), count = word_at(list, 16), room = word_at(list, 40);
	uint8_t element[ZONE_MOST];

	return size >= ZONE_LEAST && size <= ZONE_MOST && size % 8 == 0 && count > 0 && room > 0 && room <= 4096 && count <= room &&
	       memory_read(pid, raddr(elements), element, size) == 0 &&
	       is_shared(maps, word_at(element, ZONE_ADDR), word_at(element, ZONE_SIZE));
}

void zones_read(struct zones *z, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	uint64_t symbol = symbols_find(s, "ngx_cycle"), cycle;
	uint8_t bytes[CYCLE_BYTES], part[24];

	memset(z, 0, sizeof(*z));
	if (!symbol || memory_read(pid, raddr(symbol), &cycle, 8) != 0 || memory_read(pid, raddr(cycle), bytes, sizeof(bytes)) != 0)
		return;
	z->list = calloc(MAX_ZONES, sizeof(*z->list));
	for (size_t at = 0; z->list && at + LIST_BYTES <= sizeof(bytes); at += 8) {
		const uint8_t *list = bytes + at;

		if (!is_zone_list(list, maps, pid))
			continue;
		memcpy(part, list + 8, sizeof(part));
		for (int n = 0; n < MAX_PARTS; n++) {
			part_read(z, part, word_at(list, 32), s, maps, pid);
			if (!word_at(part, 16) || memory_read(pid, raddr(word_at(part, 16)), part, sizeof(part)) != 0)
				break;
		}
		return;
	}
}

/* -- What is in them ------------------------------------------------------ */

static bool has_contents(const struct zone *z)
{
	return z->slab && z->contents && z->kind && strcmp(z->kind, "upstream") != 0;
}

void zones_reserve(struct zone_arena *arena, const struct symbols *s, const struct maps *maps, pid_t pid)
{
	struct zones zones;
	uint64_t bytes = 0;

	zones_read(&zones, s, maps, pid);
	for (size_t i = 0; i < zones.count; i++)
		if (has_contents(&zones.list[i]))
			bytes += zones.list[i].capacity - zones.list[i].free;
	zones_free(&zones);
	zone_arena_reserve(arena, bytes);
}

void zones_copy(struct zones *z, struct zone_arena *arena, pid_t pid, uint64_t deadline_ns)
{
	z->copied_ms = clock_unix_ms();
	for (size_t i = 0; i < z->count; i++) {
		struct zone *zone = &z->list[i];

		if (has_contents(zone))
			zone_copy_take(&zone->copy, &zone->pool, arena, pid, deadline_ns);
		if (zone->copy.whole) {	/* the counts are those of the copy, which may be later */
			zone->free = zone->pool.free_pages << zone->pool.page_shift;
			zone->used = zone->pool.used;
		}
	}
}

void zones_count(struct zones *z)
{
	for (size_t i = 0; i < z->count; i++) {
		struct zone *zone = &z->list[i];

		if (!zone->copy.whole)
			continue;
		if (is_dict(zone))
			shdict_read(&zone->dict, zone->contents, &zone->copy, &zone->pool, zone->name_length, z->copied_ms);
		else
			zone->has_nodes = zone_tree_count(&zone->copy, zone->contents, &zone->nodes);
	}
}

void zones_free(struct zones *z)
{
	for (size_t i = 0; i < z->count; i++)
		zone_copy_free(&z->list[i].copy);
	free(z->list);
	memset(z, 0, sizeof(*z));
}
