import Skeleton from '@mui/material/Skeleton';

export function PageSkeleton() {
  return (
    <div className="page-skeleton" role="status" aria-label="Loading the page">
      <Skeleton variant="rounded" height={36} />
      <Skeleton variant="rounded" height={220} />
      <Skeleton variant="rounded" height={220} />
    </div>
  );
}
