/** The right-hand panel: what is selected on the canvas, or how to train it. */
import Alert from '@mui/material/Alert';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { setPositionKind, setSharingKind, setWidth } from '../../../shared/architecture/edits.ts';
import { attentionMethod } from '../../../shared/methods/attention/index.ts';
import { ffnMethod } from '../../../shared/methods/ffn/index.ts';
import { positionMethods } from '../../../shared/methods/position/index.ts';
import { sharingMethods } from '../../../shared/methods/sharing/index.ts';
import { TextLine } from '../../components/fields/TextLine.tsx';
import { ReconstructionBadge, reconstructionText } from '../../components/MethodBadge.tsx';
import { schemaFields } from '../../logic/schemaFields.ts';
import { edit, finishGesture, startGesture } from '../../state/design.ts';
import { setView, useView } from '../../state/view.ts';
import { DocumentField, documentFields } from './DocumentField.tsx';
import { FfnEditors, PositionEditor, SuperblockEditor } from './editors/index.tsx';
import { layersText } from './layersText.ts';
import { MethodChoice } from './MethodChoice.tsx';
import { TrainPanel } from './TrainPanel.tsx';
import { useDocument } from './useDocument.ts';

export function Inspector() {
  const tab = useView((view) => view.designTab);
  return (
    <aside className="inspector" aria-label="Inspector">
      <Tabs
        value={tab}
        onChange={(_, value) => setView({ designTab: value })}
        aria-label="Inspector"
        className="inspector-tabs"
      >
        <Tab value="model" label="Model" id="tab-model" aria-controls="panel-model" />
        <Tab value="train" label="Train" id="tab-train" aria-controls="panel-train" />
      </Tabs>
      <div
        className="inspector-body"
        role="tabpanel"
        id={`panel-${tab}`}
        aria-labelledby={`tab-${tab}`}
        tabIndex={-1}
        data-document={tab === 'model' ? '' : undefined}
      >
        {tab === 'model' ? <ModelPanel /> : <TrainPanel />}
      </div>
    </aside>
  );
}

function ModelPanel() {
  const selection = useView((view) => view.selection);
  const blocks = useDocument().blocks.length;
  const block = selection.part === 'model' ? 0 : Math.min(selection.block, blocks - 1);
  if (selection.part === 'attention') return <AttentionPanel block={block} />;
  if (selection.part === 'ffn') return <FfnPanel block={block} />;
  return <WholeModelPanel />;
}

function WholeModelPanel() {
  const document = useDocument();
  return (
    <>
      <Typography variant="h2">{document.name}</Typography>
      <p className="muted small panel-note">{document.notes === '' ? 'The whole model' : document.notes}</p>
      <TextLine
        help={{ label: 'Name', help: 'Of the document; runs and files are named after it.' }}
        value={document.name}
        onChange={(name) => edit('name', (now) => ({ ...now, name }))}
        onGesture={(phase) => (phase === 'begin' ? startGesture() : finishGesture('name'))}
      />
      <DocumentField path="vocabulary" field={documentFields.vocabulary} />
      <DocumentField
        path="width"
        field={documentFields.width}
        write={(current, value) => setWidth(current, value as number)}
      />
      <DocumentField path="context" field={documentFields.context} />
      {document.blocks.map((_, block) => (
        // Blocks have no identity but their place.
        <DocumentField
          key={`repeat ${block}`}
          path={`blocks.${block}.repeat`}
          field={repeatField(block, document.blocks.length)}
        />
      ))}
      <DocumentField path="tieEmbeddings" field={documentFields.tieEmbeddings} />
      <hr />
      <MethodChoice
        title="Sharing across layers"
        help={{
          label: 'Attention shared',
          help: 'What later layers take over from the attention of an earlier one.',
        }}
        methods={sharingMethods}
        chosen={document.sharing.kind}
        path="sharing"
        choose={setSharingKind}
      />
      <SuperblockEditor />
      <hr />
      <DocumentField path="norm.epsilon" field={documentFields.epsilon} />
      <DocumentField path="initialisation.std" field={documentFields.std} />
      <DocumentField path="initialisation.residual" field={documentFields.residual} />
    </>
  );
}

function repeatField(block: number, blocks: number) {
  const field = documentFields.repeat;
  return blocks === 1 ? field : { ...field, help: { ...field.help, label: `Layers of block ${block + 1}` } };
}

function AttentionPanel({ block }: { block: number }) {
  const document = useDocument();
  const attention = document.blocks[block]!.attention;
  const method = attentionMethod(attention.kind);
  return (
    <>
      <Typography variant="h2">{method.label}</Typography>
      <p className="muted small panel-note">{layersText(document, block)} · attention</p>
      {schemaFields(method.schema, method.fields).map((field) => (
        <DocumentField key={field.name} path={`blocks.${block}.attention.${field.name}`} field={field} />
      ))}
      <hr />
      <MethodChoice
        title="Position"
        help={{ label: 'Encoding', help: 'How queries and keys learn where they stand.' }}
        methods={positionMethods}
        chosen={attention.position.kind}
        path={`blocks.${block}.attention.position`}
        choose={(document, kind) => setPositionKind(document, block, kind)}
      />
      <PositionEditor block={block} />
      <hr />
      <DocumentField path={`blocks.${block}.repeat`} field={documentFields.repeat} />
    </>
  );
}

function FfnPanel({ block }: { block: number }) {
  const document = useDocument();
  const ffn = document.blocks[block]!.ffn;
  const method = ffnMethod(ffn.kind);
  const reconstruction = reconstructionText([ffn.kind]);
  return (
    <>
      <Typography variant="h2" className="panel-title">
        {method.label} <ReconstructionBadge kind={ffn.kind} />
      </Typography>
      <p className="muted small panel-note">
        {layersText(document, block)} · feed-forward · {method.source}
      </p>
      {reconstruction !== null && (
        <Alert severity="warning" variant="outlined" className="banner" icon={false}>
          {reconstruction}
        </Alert>
      )}
      <FfnEditors block={block} />
      {schemaFields(method.schema, method.fields).map((field) => (
        <DocumentField
          key={`${ffn.kind} ${field.name}`}
          path={`blocks.${block}.ffn.${field.name}`}
          field={field}
        />
      ))}
      {method.standing !== 'reconstruction' &&
        Object.values(method.fields).some((help) => help.standing === 'ours') && (
          <p className="muted small">
            Options marked “ours” are reconstructions: they fill gaps in the paper's text.
          </p>
        )}
    </>
  );
}
