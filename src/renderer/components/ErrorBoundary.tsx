import { Component, type ReactNode } from 'react';
import { toErrorShape } from '../../shared/errors.ts';
import { Failure } from './Failure.tsx';

/** A fault in one page must not take the window with it: the page says so and can be tried again. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <div className="page-center">
        <Failure
          error={toErrorShape(this.state.error)}
          what="This page could not be drawn."
          retry={() => this.setState({ error: null })}
        />
      </div>
    );
  }
}
