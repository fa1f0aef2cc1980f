#include "footprint/code-rows.h"

#include <string.h>

static bool is_program(const struct area *a)
{
	return strcmp(area_file(a), "nginx") == 0 || strcmp(area_file(a), "openresty") == 0;
}

struct row *code_rows_of(struct rows *r, const struct area *a, bool writable)
{
	static const char how[] = "Rss of the file's mappings";

	if (writable)
		return is_program(a) ? rows_of(r, "program", "program data", how) : rows_of(r, "library", "library data", how);
	return is_program(a) ? rows_of(r, "program", "program text", how) : rows_of(r, "library", "library text", how);
}

void code_rows_add_zero_data(struct rows *r, const struct areas *areas, const struct zero_data_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].resident)
			code_rows_of(r, &areas->list[list->list[i].area], true)->bytes += (int64_t)list->list[i].resident;
}
