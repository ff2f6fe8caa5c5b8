/** The model as a canvas: embedding, blocks with their two residual branches, head. Drag, drop, choose, zoom. */
import {
  Background,
  Controls,
  MiniMap,
  type Node,
  type OnNodeDrag,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useColorScheme } from '@mui/material/styles';
import { type RefObject, useCallback, useEffect, useMemo, useRef } from 'react';
import { canvasView } from '../../logic/blockViews.ts';
import { methodColour } from '../../logic/methodColours.ts';
import { placeOf } from '../../logic/stackLayout.ts';
import {
  chooseBlocks,
  chosenBlocks,
  chosenWith,
  moveChosen,
  selectPart,
  useCanvas,
} from '../../state/canvas.ts';
import { useDesign } from '../../state/design.ts';
import { setView, useView } from '../../state/view.ts';
import { BlockNode, selectBlock } from './canvas/BlockNode.tsx';
import { CanvasTools } from './canvas/CanvasTools.tsx';
import { EndNode } from './canvas/EndNode.tsx';
import { PatternStrip } from './canvas/PatternStrip.tsx';
import { StreamEdge } from './canvas/StreamEdge.tsx';
import { useCanvasKeys } from './canvas/useCanvasKeys.ts';
import { useStackNodes } from './canvas/useStackNodes.ts';
import './canvas/canvas.css';

const nodeTypes = { block: BlockNode, end: EndNode };
const edgeTypes = { stream: StreamEdge };
const fitView = { padding: 0.08, maxZoom: 1, duration: 150 };

export function Canvas() {
  return (
    <section className="canvas" aria-label="Model">
      <ReactFlowProvider>
        <Stack />
      </ReactFlowProvider>
    </section>
  );
}

function Stack() {
  const blocks = useDesign((design) => design.history.present.blocks.length);
  const selection = useView((view) => view.selection);
  const marked = useCanvas((canvas) => canvas.chosen);
  const chosen = useMemo(() => chosenWith(selection, marked, blocks), [selection, marked, blocks]);
  const { nodes, edges, spans, change, letGo } = useStackNodes(blocks, chosen);
  const boxing = useRef(false);
  const abandoned = useRef(false);
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const onKeyDown = useCanvasKeys(frame);
  const colour = useNodeColour();
  usePanWhileHeld(frame);
  useFitAction(flow.fitView);

  const beginDrag: OnNodeDrag = (_, node) => {
    abandoned.current = false;
    const block = blockOf(node);
    if (block !== null && !chosenBlocks().includes(block)) selectPart({ part: 'ffn', block });
  };
  const drag: OnNodeDrag = (_, node) => {
    const middle = node.position.y + (node.measured?.height ?? 0) / 2;
    const gap = abandoned.current ? null : placeOf(middle, spans, chosenBlocks());
    if (gap !== useCanvas.getState().gap) useCanvas.setState({ gap });
  };
  const endDrag = () => {
    const { gap } = useCanvas.getState();
    useCanvas.setState({ gap: null });
    letGo();
    if (gap !== null) moveChosen(gap);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the buttons inside, heard in one place
    <div
      className="canvas-frame"
      ref={frame}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && useCanvas.getState().gap !== null) {
          abandoned.current = true;
          useCanvas.setState({ gap: null });
        } else onKeyDown(event);
      }}
    >
      <div className="canvas-head">
        <PatternStrip />
        <CanvasTools />
      </div>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={(changes) => {
          change(changes);
          if (!boxing.current) return;
          const picks = new Map(
            changes.flatMap((entry) =>
              entry.type === 'select' ? [[entry.id, entry.selected] as const] : [],
            ),
          );
          if (picks.size === 0) return;
          chooseBlocks(
            nodes.flatMap((node) => {
              const block = blockOf(node);
              return block !== null && (picks.get(node.id) ?? node.selected) ? [block] : [];
            }),
          );
        }}
        onSelectionStart={() => {
          boxing.current = true;
          chooseBlocks([]);
        }}
        onSelectionEnd={() => {
          boxing.current = false;
        }}
        onNodeClick={(event, node) => {
          const block = blockOf(node);
          if (block !== null) selectBlock(block, event);
        }}
        onNodeDragStart={beginDrag}
        onNodeDrag={drag}
        onNodeDragStop={endDrag}
        nodeDragThreshold={4}
        onInit={() => {
          if (useView.getState().canvasViewport !== null) return;
          const width = frame.current?.clientWidth || 800; // 0 while the page is hidden
          void flow.setViewport({
            x: width / 2,
            y: 26,
            zoom: Math.min(1, Math.max(0.2, (width - 24) / 420)),
          });
        }}
        defaultViewport={useView.getState().canvasViewport ?? { x: 400, y: 26, zoom: 1 }}
        onMoveEnd={(_, canvasViewport) => setView({ canvasViewport })}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        edgesReconnectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        multiSelectionKeyCode={null}
        selectNodesOnDrag={false}
        zoomOnDoubleClick={false}
        panOnScroll
        zoomOnScroll={false}
        minZoom={0.015}
        maxZoom={1.6}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={16} size={1} />
        <Controls showInteractive={false} fitViewOptions={fitView} position="bottom-left" />
        <MiniMap
          pannable
          zoomable
          ariaLabel="Overview of the model"
          nodeColor={colour}
          nodeBorderRadius={6}
          position="bottom-right"
        />
      </ReactFlow>
    </div>
  );
}

/** Something held near the upper or lower edge pans the canvas, so that every place can be reached. */
function usePanWhileHeld(frame: RefObject<HTMLElement | null>): void {
  const flow = useReactFlow();
  const holding = useCanvas((canvas) => canvas.held !== null);
  useEffect(() => {
    const pane = frame.current?.querySelector('.react-flow')?.getBoundingClientRect();
    if (!holding || pane === undefined) return;
    const reach = 36;
    const timer = setInterval(() => {
      const { held } = useCanvas.getState();
      if (held === null || held.x < pane.left || held.x > pane.right) return;
      const down =
        held.y > pane.bottom - reach && held.y < pane.bottom
          ? -10
          : held.y < pane.top + reach && held.y > pane.top
            ? 10
            : 0;
      const { x, y, zoom } = flow.getViewport();
      if (down !== 0) void flow.setViewport({ x, y: y + down, zoom });
    }, 16);
    return () => clearInterval(timer);
  }, [holding, flow, frame]);
}

function blockOf(node: Node): number | null {
  return node.type === 'block' ? (node.data as { block: number }).block : null;
}

/** In the overview a block wears the colour of its feed-forward network. */
function useNodeColour(): (node: Node) => string {
  const { mode, systemMode } = useColorScheme();
  const scheme = (mode === 'system' ? systemMode : mode) === 'dark' ? 'dark' : 'light';
  return useCallback(
    (node: Node) => {
      const block = blockOf(node);
      const view = canvasView(useDesign.getState().history.present).blocks[block ?? -1];
      return methodColour(view?.ffn.kind ?? 'dense', scheme);
    },
    [scheme],
  );
}

/** The action of the registry asks for it by an event: the canvas alone knows its view. */
function useFitAction(fit: (options: typeof fitView) => Promise<boolean>): void {
  useEffect(() => {
    const listen = () => void fit(fitView);
    window.addEventListener('finegrain:fit', listen);
    return () => window.removeEventListener('finegrain:fit', listen);
  }, [fit]);
}
