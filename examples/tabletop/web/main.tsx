import '@fontsource-variable/hanken-grotesk/wght.css';
import '@fontsource-variable/texturina/wght.css';
import '@fontsource-variable/texturina/wght-italic.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/chart.css';
import './styles/start.css';
import './styles/campaign.css';
import './styles/table.css';
import './styles/board.css';
import './styles/dice.css';
import './styles/people.css';

const place = document.getElementById('app');
if (place) createRoot(place).render(<App />);
