/** What a process that trains should be started with. It must be set before the process starts. */

/**
 * glibc asks for huge pages for what it allocates (2.35 and later; unknown to older ones and to other systems, which
 * ignore it): weights and activations are hundreds of megabytes, and with 4 KB pages a step spends some 3 % of its time
 * on address translation. A setting of the user's own stands.
 */
export function trainingEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const own = environment.GLIBC_TUNABLES;
  if (process.platform !== 'linux' || own?.includes('glibc.malloc.hugetlb')) return {};
  const tunable = 'glibc.malloc.hugetlb=1';
  return { GLIBC_TUNABLES: own ? `${own}:${tunable}` : tunable };
}
