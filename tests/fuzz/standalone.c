/*
 * Runs a fuzz target over the files and folders named on the command line,
 * for builds without libFuzzer: every input of the corpus, once.  A build for
 * coverage can tell which of them go where none before them went: their paths
 * go into the file that FUZZ_KEEP names.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

#ifdef SECCHAT_FUZZCOV
uint64_t *__llvm_profile_begin_counters(void);
uint64_t *__llvm_profile_end_counters(void);
void __llvm_profile_reset_counters(void);

/*
 * One bit for each thing that a counter can say: how large it is, roughly, and
 * whether it is smaller than its neighbours, since the side of a condition
 * that is not counted is the difference between two that are.
 */
static int
goes_further(void)
{
	static uint16_t *seen;
	const uint64_t *c = __llvm_profile_begin_counters();
	size_t n = (size_t)(__llvm_profile_end_counters() - c);
	int more = 0;

	if (seen == NULL)
		seen = calloc(n, sizeof *seen);
	for (size_t i = 0; seen != NULL && i < n; i++) {
		uint16_t bits = c[i] == 0 ? 1 : c[i] < 2 ? 2 : c[i] < 4 ? 4 : 8;

		if (c[i] > 0)
			bits |= 16;
		for (size_t k = 1; k <= 4 && k <= i; k++)
			if (c[i] < c[i - k])
				bits |= (uint16_t)(16 << k);
		if (c[i] == 0 && (bits >> 5) == 0)
			continue;
		more |= (bits & ~seen[i]) != 0;
		seen[i] |= bits;
	}
	__llvm_profile_reset_counters();
	return more;
}

static void
keep(const char *path)
{
	static FILE *list;

	if (getenv("FUZZ_KEEP") == NULL)
		return;
	if (list == NULL)
		list = fopen(getenv("FUZZ_KEEP"), "w");
	if (list != NULL && goes_further())
		(void)fprintf(list, "%s\n", path);
}
#else
static void
keep(const char *path)
{
	(void)path;
}
#endif

static int
run_file(const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t n;
	uint8_t *copy;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	n = fread(buf, 1, sizeof buf, f);
	fclose(f);
	/* An exact heap copy, so that a sanitizer sees one byte too far. */
	copy = malloc(n > 0 ? n : 1);
	if (copy == NULL)
		return 1;
	for (size_t i = 0; i < n; i++)
		copy[i] = buf[i];
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	inputs++;
	keep(path);
	return 0;
}

static int
run_path(const char *path)
{
	struct stat st;
	struct dirent *e;
	DIR *d;
	int bad = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return run_file(path);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		char child[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(child, sizeof child, "%s/%s", path, e->d_name);
		bad |= run_path(child);
	}
	if (d != NULL)
		closedir(d);
	return bad;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++)
		bad |= run_path(argv[i]);
	printf("%lu inputs\n", inputs);
	return bad || inputs == 0;
}
