#define _GNU_SOURCE
#include "target/areas.h"
#include "target/process.h"
#include "target/core.h"
#include "base/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* VmFlags of madvise(): MADV_DONTFORK, MADV_WIPEONFORK. */
static bool is_lost_by_fork(const char *line)
{
	const size_t n = strcspn(line, "\n");

	for (const char *flag = line + strlen("VmFlags:"); flag + 3 <= line + n; flag += 3)
		if (strncmp(flag, " dc", 3) == 0 || strncmp(flag, " wf", 3) == 0)
			return true;
	return false;
}

/* Heads of mappings begin with a hexadecimal digit in lower case, what is said of them with a capital. */
static bool is_detail(const char *line)
{
	return *line >= 'A' && *line <= 'Z';
}

int areas_read(struct areas *areas, pid_t pid)
{
	size_t room = 0;
	char *text;

	memset(areas, 0, sizeof(*areas));
	if (pid == CORE)
		return core_areas(areas);
	text = process_text_all(pid, "smaps");
	for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (is_detail(line)) {
			if (areas->count && strncmp(line, "Rss:", 4) == 0)
				areas->list[areas->count - 1].rss = strtoull(line + 4, NULL, 10) * 1024;
			if (areas->count && strncmp(line, "VmFlags:", 8) == 0)
				areas->list[areas->count - 1].lost_by_fork = is_lost_by_fork(line);
			continue;
		}
		if (!LIST_HAS_ROOM(areas->list, areas->count, room))
			break;
		memset(&areas->list[areas->count], 0, sizeof(*areas->list));
		if (mapping_parse(line, &areas->list[areas->count].m, &areas->list[areas->count].executable))
			areas->count++;
	}
	free(text);
	if (areas->count == 0)
		errno = errno ? errno : ESRCH;
	return areas->count ? 0 : -1;
}

void areas_free(struct areas *areas)
{
	free(areas->list);
	memset(areas, 0, sizeof(*areas));
}

int areas_maps(const struct areas *areas, struct maps *maps)
{
	maps->count = 0;
	maps->list = malloc((areas->count + 1) * sizeof(*maps->list));
	if (!maps->list)
		return -1;
	for (size_t i = 0; i < areas->count; i++)
		maps->list[maps->count++] = areas->list[i].m;
	return 0;
}

const char *area_file(const struct area *a)
{
	const char *slash = strrchr(a->m.path, '/');

	return slash ? slash + 1 : a->m.path;
}

bool area_is_anonymous(const struct area *a)
{
	return a->m.inode == 0 && !a->m.shared &&
	       (a->m.path[0] == '\0' || strcmp(a->m.path, "[heap]") == 0 || strncmp(a->m.path, "[anon", 5) == 0);
}

bool area_in_image(const struct area *a)
{
	return area_is_anonymous(a) && a->m.readable && a->m.writable;
}

bool area_same_file(const struct area *a, const struct area *b)
{
	return a->m.inode == b->m.inode && strcmp(a->m.path, b->m.path) == 0;
}

bool area_is_code(const struct area *file, const struct areas *areas)
{
	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].executable && area_same_file(&areas->list[i], file))
			return true;
	return false;
}
