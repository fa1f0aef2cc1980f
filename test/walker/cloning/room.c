/*
** Whether there is room for a clone, by files that a test made up: `room ROOT PID CLONE COPY`, bytes. `room ROOT PID COPY`: for a copy
** alone. Prints why not, or nothing.
*/
#include "freeze/room.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct room_needed needed;
	struct error e;

	if (argc == 4) {
		if (room_check_copy(argv[1], (pid_t)atoi(argv[2]), strtoull(argv[3], NULL, 10), &e) != 0)
			puts(e.text);
		return 0;
	}
	if (argc != 5)
		return 2;
	needed.clone = strtoull(argv[3], NULL, 10);
	needed.copy = strtoull(argv[4], NULL, 10);
	if (room_check(argv[1], (pid_t)atoi(argv[2]), &needed, &e) != 0)
		puts(e.text);
	return 0;
}
