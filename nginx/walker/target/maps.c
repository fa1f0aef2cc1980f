#define _GNU_SOURCE
#include "target/core.h"
#include "target/maps.h"
#include "base/list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MAPPINGS = 1 << 20 };	/* the kernel's own default limit is 65530 */

static bool mapping_parse(const char *line, struct mapping *m)
{
	char perms[5] = "";
	int path_at = 0;

	memset(m, 0, sizeof(*m));
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n", &m->start, &m->end, perms,
		   &m->offset, &m->inode, &path_at) < 5)
		return false;
	m->readable = perms[0] == 'r';
	m->writable = perms[1] == 'w';
	m->shared = perms[3] == 's';
	if (path_at > 0)
		snprintf(m->path, sizeof(m->path), "%.*s", (int)strcspn(line + path_at, "\n"), line + path_at);
	return m->end > m->start;
}

int maps_read(pid_t pid, struct maps *maps)
{
	char name[64], line[4096 + 128];
	size_t room = 0;
	FILE *f;

	maps->list = NULL;
	maps->count = 0;
	if (pid == CORE)
		return core_maps(maps);
	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return -1;
	while (maps->count < MAX_MAPPINGS && fgets(line, sizeof(line), f)) {
		if (!LIST_HAS_ROOM(maps->list, maps->count, room)) {
			fclose(f);
			maps_free(maps);
			errno = ENOMEM;
			return -1;
		}
		if (mapping_parse(line, &maps->list[maps->count]))
			maps->count++;
	}
	if (ferror(f) || maps->count == 0) {
		int err = ferror(f) ? errno : ESRCH;	/* a process without memory has exited */

		fclose(f);
		maps_free(maps);
		errno = err;
		return -1;
	}
	fclose(f);
	return 0;
}

void maps_free(struct maps *maps)
{
	free(maps->list);
	maps->list = NULL;
	maps->count = 0;
}
