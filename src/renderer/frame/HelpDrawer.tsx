import CloseOutlined from '@mui/icons-material/CloseOutlined';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { ActionButton, Keys } from '../actions/ActionButton.tsx';
import { actions } from '../actions/actions.ts';
import { closeOverlay, useOverlay } from '../state/dialogs.ts';

const steps = [
  'Pick a preset on the Design page; its name says method and size.',
  'Drag the corner of the expert layout: parameters stay the same, the shape changes.',
  'Open Train, choose a text, press Train.',
  'Watch the loss fall below the dashed line: from there on the model uses context.',
  'Sample text, look inside the run, export a figure.',
];

/** Shortcuts of all actions, from the registry, and the way through the main job. */
export function HelpDrawer() {
  const open = useOverlay((overlay) => overlay.open === 'help');
  const groups = [...new Set(actions.map((action) => action.group))];
  return (
    <Drawer
      anchor="right"
      open={open}
      onClose={closeOverlay}
      slotProps={{ paper: { className: 'help', 'aria-label': 'Help' } }}
    >
      <div className="panel-head">
        <Typography variant="h2">Help</Typography>
        <span className="grow" />
        <IconButton aria-label="Close help" onClick={closeOverlay}>
          <CloseOutlined />
        </IconButton>
      </div>
      <Typography variant="h3">From a preset to a figure</Typography>
      <ol className="help-steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <span>
        <ActionButton name="view.tour" label="Show me: train a model in two minutes" />
      </span>
      {groups.map((group) => {
        const listed = actions.filter((action) => action.group === group && action.shortcut !== undefined);
        if (listed.length === 0) return null;
        return (
          <section key={group}>
            <Typography variant="h3">{group}</Typography>
            <dl className="help-keys">
              {listed.map((action) => (
                <div key={action.name}>
                  <dt>{action.label}</dt>
                  <dd>
                    <Keys shortcut={action.shortcut ?? ''} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
      <section>
        <Typography variant="h3">Expert layout</Typography>
        <dl className="help-keys">
          <div>
            <dt>More or fewer experts in a sub-layer</dt>
            <dd>
              <Keys shortcut="→+←" />
            </dd>
          </div>
          <div>
            <dt>More or fewer sub-layers</dt>
            <dd>
              <Keys shortcut="↓+↑" />
            </dd>
          </div>
          <div>
            <dt>Give a drag up</dt>
            <dd>
              <Keys shortcut="Esc" />
            </dd>
          </div>
        </dl>
      </section>
    </Drawer>
  );
}
