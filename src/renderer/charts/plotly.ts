/** The part of plotly.js that is used, in one chunk of its own that loads with the first chart. No trace here needs eval. */
import './global.ts';
import bar from 'plotly.js/lib/bar';
import Plotly from 'plotly.js/lib/core';
import heatmap from 'plotly.js/lib/heatmap';
import scatter from 'plotly.js/lib/scatter';

Plotly.register([scatter, heatmap, bar]);

export { Plotly };
