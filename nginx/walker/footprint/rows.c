#include "footprint/rows.h"
#include "base/json.h"
#include "base/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct row *rows_add(struct rows *r, const char *category, const char *name, const char *how)
{
	static struct row lost;

	if (!LIST_HAS_ROOM(r->list, r->count, r->room)) {
		r->failed = true;
		return &lost;
	}
	r->list[r->count] = (struct row){.category = category, .name = name, .how = how};
	return &r->list[r->count++];
}

struct row *rows_of(struct rows *r, const char *category, const char *name, const char *how)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->list[i].category, category) == 0 && strcmp(r->list[i].name, name) == 0)
			return &r->list[i];
	return rows_add(r, category, name, how);
}

int64_t rows_sum(const struct rows *r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		sum += r->list[i].bytes;
	return sum;
}

static void write_entries(FILE *out, const struct shdict *d)
{
	fputs(",\"entries\":{", out);
	for (int age = 0; age < NAGES; age++)
		fprintf(out, "\"%s\":[%" PRIu64 ",%" PRIu64 "],", shdict_age_names[age], d->ages[age].entries, d->ages[age].bytes);
	fprintf(out, "\"lastingKeys\":%" PRIu64 ",\"ttlMs\":%" PRIu64 ",\"oldest\":", d->lasting_keys, d->ttl_ms);
	if (d->oldest < 0)
		fputs("null}", out);
	else
		fprintf(out, "\"%s\"}", shdict_age_names[d->oldest]);
}

/* What a zone is for and what is in it, as far as that is known. */
static void write_contents(FILE *out, const struct zone *z)
{
	if (z->kind)
		fprintf(out, ",\"kind\":\"%s\"", z->kind);
	else
		fputs(",\"kind\":null", out);
	if (z->slab)
		fprintf(out, ",\"allocations\":%" PRIu64 ",\"failures\":%" PRIu64, z->pool.requests, z->pool.failures);
	if (z->dict.known)
		write_entries(out, &z->dict);
	if (z->has_nodes)
		fprintf(out, ",\"nodes\":%" PRIu64, z->nodes);
}

void rows_write(FILE *out, const struct rows *r)
{
	const char *comma = "";

	for (size_t i = 0; i < r->count; i++) {
		const struct row *row = &r->list[i];

		if (row->bytes == 0 && !row->zone && !row->has_used)
			continue;
		fprintf(out, "%s\n{\"category\":\"%s\",\"name\":", comma, row->category);
		if (row->zone)
			json_string(out, row->zone->name, strlen(row->zone->name));
		else
			json_string(out, row->name, strlen(row->name));
		if (row->vm[0]) {
			fputs(",\"vm\":", out);
			json_string(out, row->vm, strlen(row->vm));
		}
		fprintf(out, ",\"bytes\":%" PRId64, row->bytes);
		if (row->has_used)
			fprintf(out, ",\"used\":%" PRIu64, row->used);
		if (row->zone) {
			fputs(",\"owner\":", out);
			json_string(out, row->zone->owner, strlen(row->zone->owner));
			fprintf(out, ",\"size\":%" PRIu64, row->zone->size);
			if (row->zone->slab)
				fprintf(out, ",\"used\":%" PRIu64 ",\"free\":%" PRIu64 ",\"capacity\":%" PRIu64, row->zone->used, row->zone->free,
					row->zone->capacity);
		}
		if (row->zone)
			write_contents(out, row->zone);
		fputs(",\"how\":", out);
		json_string(out, row->how, strlen(row->how));
		fputc('}', out);
		comma = ",";
	}
}
